#pragma once

#include <dlfcn.h>

namespace memfd_secret::faults {

// The C library's own function behind an interposed one.
template <typename Function>
Function* Next(const char* name) noexcept {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// syscall(2), past what interposes it.
template <typename... Arguments>
long NextSyscall(long number, Arguments... arguments) noexcept {
  static auto* next = Next<long(long, ...)>("syscall");
  return next(number, arguments...);
}

}  // namespace memfd_secret::faults
