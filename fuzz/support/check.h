#pragma once

#include <cstdio>
#include <cstdlib>

#include "sys/status.h"

namespace memfd_secret::fuzz {

// SIGABRT: what libFuzzer takes for a crash, and keeps the input of.
[[noreturn]] inline void Fail(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: Expected %s\n", file, line, what);
  std::abort();
}

inline void CheckOk(const sys::Status& status, const char* what, const char* file, int line) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s: errno %d\n", sys::kCallNames[static_cast<unsigned>(status.call)],
                 status.error);
    Fail(what, file, line);
  }
}

// The only macros: they alone know the expression's text.
#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::memfd_secret::fuzz::Fail(#condition, __FILE__, __LINE__))
#define CHECK_OK(...) ::memfd_secret::fuzz::CheckOk(__VA_ARGS__, #__VA_ARGS__, __FILE__, __LINE__)

}  // namespace memfd_secret::fuzz
