#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <type_traits>
#include <utility>

#include "sys/status.h"

namespace memfd_secret::test {

// Whose user id a test runs under. Newer kernels count secret pages by user across processes, so
// that two tests of one user would change each other's limits.
enum class User : std::uint8_t {
  kOwn,    // one that no other process has, where the program runs as root; else the caller's
  kAlone,  // as kOwn, but skipped without root
  kRoot,   // root; skipped without
};

inline constexpr std::size_t kAsIs = SIZE_MAX;
inline constexpr std::size_t kKibi = 1024;
inline constexpr std::size_t kMebi = kKibi * kKibi;

struct Options {
  User user = User::kOwn;
  bool secret = false;  // skipped where memfd_secret(2) does not work
  std::size_t memlock =
      kAsIs;                // RLIMIT_MEMLOCK in bytes; skipped where it may not be raised so far
  bool real_mlock = false;  // skipped where a sanitizer replaces mlock(2)
  unsigned seconds = 60;    // until the test is killed; generous, since the machine may be busy
};

// The address sanitizer maps memory of its own as it likes and makes mlock(2) do nothing.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// For what maps secret pages: the limit that current kernels begin with.
inline constexpr Options kMapsSecret{.secret = true, .memlock = 8 * kMebi};
inline constexpr Options kMapsLocked{.memlock = 8 * kMebi};

// A static object registers a test, which runs in a process of its own.
class Test {
 public:
  Test(const char* name, const Options& options, void (*body)()) noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  [[nodiscard]] const Test* next() const noexcept { return next_; }
  void Run() const { body_(); }

 private:
  const char* name_;
  Options options_;
  void (*body_)();
  const Test* next_ = nullptr;
};

// Each ends the calling process. From a child of a test, the test has failed once it looks at the
// child.
[[noreturn]] void Fail(const char* what, const char* file, int line) noexcept;
[[noreturn]] void Skip(const char* reason) noexcept;
[[nodiscard]] bool HasFailed() noexcept;

template <typename Value>
void Show(char* text, std::size_t size, const Value& value) noexcept {
  if constexpr (std::is_pointer_v<Value>) {
    std::snprintf(text, size, "%p", static_cast<const void*>(value));
  } else if constexpr (std::is_enum_v<Value>) {
    std::snprintf(text, size, "%lld", static_cast<long long>(value));
  } else if constexpr (std::is_signed_v<Value>) {
    std::snprintf(text, size, "%lld", static_cast<long long>(value));
  } else {
    std::snprintf(text, size, "%llu", static_cast<unsigned long long>(value));
  }
}

template <typename Left, typename Right>
void ExpectEqual(const Left& actual, const Right& expected, const char* expression,
                 const char* file, int line) {
  bool equal = false;
  if constexpr (std::is_integral_v<Left> && std::is_integral_v<Right> &&
                !std::is_same_v<Left, bool>) {
    equal = std::cmp_equal(actual, expected);
  } else {
    equal = actual == expected;
  }
  if (!equal) {
    char left[32];
    char right[32];
    char what[512];
    Show(left, sizeof left, actual);
    Show(right, sizeof right, expected);
    std::snprintf(what, sizeof what, "Expected %s for %s but received %s", right, expression, left);
    Fail(what, file, line);
  }
}

void ExpectStatus(const sys::Status& actual, const sys::Status& expected, const char* expression,
                  const char* file, int line);

// The only macros: they alone know the expression's text.
#define EXPECT(condition)             \
  ((condition) ? static_cast<void>(0) \
               : ::memfd_secret::test::Fail("Expected " #condition, __FILE__, __LINE__))
#define EXPECT_EQUAL(actual, expected) \
  ::memfd_secret::test::ExpectEqual(actual, expected, #actual, __FILE__, __LINE__)
#define EXPECT_STATUS(actual, ...) \
  ::memfd_secret::test::ExpectStatus(actual, __VA_ARGS__, #actual, __FILE__, __LINE__)
#define EXPECT_OK(actual) EXPECT_STATUS(actual, ::memfd_secret::sys::kOk)

}  // namespace memfd_secret::test
