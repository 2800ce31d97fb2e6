#pragma once

#include <cstdint>

namespace memfd_secret::audit {

// Who manages a piece of anonymous memory, told by the records that allocators keep beside it.
enum class Owner : std::uint8_t { kUnknown, kMalloc, kV8 };

// Reads a few words of a process. words: room for kOwnerWords, in secret memory, since what is read
// may be a secret.
struct OwnerReader {
  int process = 0;
  std::uint64_t* words = nullptr;
};
inline constexpr std::uint64_t kOwnerWords = 16;

// Of an address in the mapping that begins at `begin`. kUnknown where no record vouches for it.
[[nodiscard]] Owner FindOwner(const OwnerReader& reader, std::uint64_t begin,
                              std::uint64_t address) noexcept;

}  // namespace memfd_secret::audit
