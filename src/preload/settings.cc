#include "preload/settings.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "preload/message.h"

namespace memfd_secret::preload {
namespace {

constexpr const char* kLibraryName = "memfd_secret_preload.so";

constexpr std::size_t kLeastCeiling = std::size_t{64} * 1024;
// Records for each block are reserved (not touched) beforehand: 2% of this.
constexpr std::size_t kMostCeiling = std::size_t{64} * 1024 * 1024 * 1024;

[[noreturn]] void RefuseValue(const char* expected, const char* name, const char* value) noexcept {
  Message message;
  Refuse(message.Add("Expected ")
             .Add(expected)
             .Add(" for ")
             .Add(name)
             .Add(" but received ")
             .Add(value));
}

// An unset and an empty variable are the same: Compose files and units can often not unset one.
const char* Read(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value == nullptr || value[0] == '\0' ? nullptr : value;
}

bool Is(const char* value, const char* text) noexcept { return std::strcmp(value, text) == 0; }

bool ReadFlag(const char* name, bool otherwise) noexcept {
  const char* value = Read(name);
  if (value == nullptr) {
    return otherwise;
  }
  if (!Is(value, "0") && !Is(value, "1")) {
    RefuseValue("0 or 1", name, value);
  }
  return Is(value, "1");
}

std::size_t ReadCeiling(const char* name, std::size_t otherwise) noexcept {
  const char* value = Read(name);
  if (value == nullptr) {
    return otherwise;
  }
  std::size_t bytes = 0;
  const char* at = value;
  for (; *at >= '0' && *at <= '9' && bytes <= kMostCeiling; ++at) {
    bytes = bytes * 10 + static_cast<std::size_t>(*at - '0');
  }
  const bool digits = at != value;
  const unsigned shift = *at == 'K' ? 10 : *at == 'M' ? 20 : *at == 'G' ? 30 : 0;
  at += shift > 0 ? 1 : 0;
  if (!digits || *at != '\0' || bytes > kMostCeiling >> shift || bytes << shift < kLeastCeiling) {
    RefuseValue("64K to 64G, in bytes or with K, M or G,", name, value);
  }
  return bytes << shift;
}

}  // namespace

Settings ReadSettings() noexcept {
  Settings settings;
  if (const char* scope = Read("MEMFD_SECRET_PRELOAD_SCOPE"); scope != nullptr) {
    if (!Is(scope, "keys") && !Is(scope, "all")) {
      RefuseValue("keys or all", "MEMFD_SECRET_PRELOAD_SCOPE", scope);
    }
    settings.scope = Is(scope, "all") ? Scope::kAll : Scope::kKeys;
  }
  if (const char* weakest = Read("MEMFD_SECRET_MIN_BACKING"); weakest != nullptr) {
    if (Is(weakest, "memfd_secret")) {
      settings.weakest = sys::Backing::kMemfdSecret;
    } else if (Is(weakest, "mlock")) {
      settings.weakest = sys::Backing::kMlock;
    } else if (!Is(weakest, "heap")) {
      RefuseValue("memfd_secret, mlock or heap", "MEMFD_SECRET_MIN_BACKING", weakest);
    }
  }
  settings.ceiling = ReadCeiling("MEMFD_SECRET_PRELOAD_MAX", settings.ceiling);
  settings.report = ReadFlag("MEMFD_SECRET_PRELOAD_REPORT", settings.report);
  settings.children = ReadFlag("MEMFD_SECRET_PRELOAD_CHILDREN", settings.children);
  return settings;
}

void HideFromChildren() noexcept {
  const char* list = Read("LD_PRELOAD");
  if (list == nullptr) {
    return;
  }
  const std::size_t length = std::strlen(list);
  auto* kept = static_cast<char*>(std::malloc(length + 1));
  if (kept == nullptr) {
    return;
  }
  std::size_t used = 0;
  for (const char* at = list; *at != '\0';) {
    const std::size_t size = std::strcspn(at, ": ");
    const std::size_t name = std::strlen(kLibraryName);
    const bool ours = size >= name && std::memcmp(at + size - name, kLibraryName, name) == 0;
    if (size > 0 && !ours) {
      if (used > 0) {
        kept[used++] = ':';
      }
      std::memcpy(kept + used, at, size);
      used += size;
    }
    at += size;
    at += *at == '\0' ? 0 : 1;
  }
  kept[used] = '\0';
  if (used == 0) {
    unsetenv("LD_PRELOAD");
  } else {
    setenv("LD_PRELOAD", kept, 1);
  }
  std::free(kept);
}

}  // namespace memfd_secret::preload
