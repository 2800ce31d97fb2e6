#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::preload {

// Addresses of code, [begin, end).
struct CodeRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  [[nodiscard]] bool Contains(std::uintptr_t address) const noexcept {
    return address >= begin && address < end;
  }
  void Widen(const CodeRange& by) noexcept {
    begin = end == 0 || by.begin < begin ? by.begin : begin;
    end = by.end > end ? by.end : end;
  }
};

// One loaded program or library.
struct LoadedObject {
  CodeRange extent;  // from its first mapping to its last
  CodeRange code;    // of these, what can be executed
  std::uintptr_t base = 0;
  const void* dynamic = nullptr;
};

// What holds the address. Takes the loader's lock, hence at the start and not within an allocation.
[[nodiscard]] bool FindObject(const void* address, LoadedObject* out) noexcept;

// Whether a name is the wanted one, or, where that ends with '_', begins so.
[[nodiscard]] bool IsNamed(const char* name, const char* wanted) noexcept;
[[nodiscard]] bool BeginsWith(const char* text, const char* beginning) noexcept;

// The dynamic symbols of one loaded program or library: where it exports its functions, by name.
class CodeSymbols {
 public:
  constexpr CodeSymbols() noexcept = default;

  // False where there are no symbols that this can read.
  [[nodiscard]] bool Find(const LoadedObject& object) noexcept;

  // What the file calls itself, which is what others need it by; empty where it does not.
  [[nodiscard]] const char* Soname() const noexcept { return soname_; }
  // Whether it asks others for the symbol.
  [[nodiscard]] bool Needs(const char* name) const noexcept;

  // Each exported function, in no order. Reads memory that stays mapped, and takes no lock.
  template <typename Visit>
  void ForEach(Visit visit) const noexcept {
    const std::size_t count = Count();
    for (std::size_t index = 0; index < count; ++index) {
      CodeRange code;
      if (const char* name = FunctionAt(index, &code); name != nullptr) {
        visit(name, code);
      }
    }
  }

 private:
  [[nodiscard]] std::size_t Count() const noexcept;
  // Null where the symbol is no function that is defined there.
  [[nodiscard]] const char* FunctionAt(std::size_t index, CodeRange* code) const noexcept;

  std::uintptr_t base_ = 0;
  const void* symbols_ = nullptr;
  const char* names_ = nullptr;
  const char* soname_ = "";
  const std::uint32_t* gnu_hash_ = nullptr;
};

}  // namespace memfd_secret::preload
