#include "sys/bytes.h"

#include <sys/time.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "harness.h"
#include "process.h"
#include "sys/getrandom.h"
#include "sys/mapping.h"

namespace memfd_secret::test {
namespace {

void CheckWipe() {
  for (std::size_t length = 0; length <= 70; ++length) {
    std::vector<unsigned char> bytes(length + 2, 0xff);
    sys::Wipe(bytes.data() + 1, length);
    EXPECT_EQUAL(bytes.front(), 0xff);
    EXPECT_EQUAL(bytes.back(), 0xff);
    for (std::size_t i = 0; i < length; ++i) {
      EXPECT_EQUAL(bytes[i + 1], 0);
    }
  }
}

const Test kWipe{"Wipe zeroes exactly the bytes it is given", {}, CheckWipe};

void CheckEqual() {
  unsigned char left[37];
  unsigned char right[37];
  for (std::size_t i = 0; i < sizeof left; ++i) {
    left[i] = right[i] = static_cast<unsigned char>(i * 7);
  }
  EXPECT(sys::EqualInConstantTime(left, right, sizeof left));
  for (std::size_t i = 0; i < sizeof left; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      right[i] = static_cast<unsigned char>(right[i] ^ 1U << bit);
      EXPECT(!sys::EqualInConstantTime(left, right, sizeof left));
      EXPECT(sys::EqualInConstantTime(left, right, i));
      right[i] = left[i];
    }
  }
  EXPECT(sys::EqualInConstantTime(left, right, 0));
}

const Test kEqual{"EqualInConstantTime sees each bit of each byte", {}, CheckEqual};

void FillAmongSignals() {
  // A signal that comes in between makes getrandom(2) answer what it has so far.
  struct sigaction action{};
  action.sa_handler = [](int) {};
  EXPECT_EQUAL(sigaction(SIGALRM, &action, nullptr), 0);
  const itimerval often{{0, 1000}, {0, 1000}};
  EXPECT_EQUAL(setitimer(ITIMER_REAL, &often, nullptr), 0);
  const std::size_t length = 64 * kMebi;
  std::vector<unsigned char> bytes(length + 16, 0);
  EXPECT_OK(sys::FillRandom(bytes.data(), length));
  const unsigned char zeros[16] = {};
  for (std::size_t at = 0; at < length; at += 16) {
    EXPECT(std::memcmp(&bytes[at], zeros, sizeof zeros) != 0);
  }
  EXPECT(std::memcmp(&bytes[length], zeros, sizeof zeros) == 0);
  EXPECT(std::memcmp(&bytes[0], &bytes[16], 16) != 0);
}

// In a fork, since the test's own timeout is the same timer.
void CheckRandom() { InFork(FillAmongSignals); }

const Test kRandom{"FillRandom fills all of it, whatever signals come in between", {}, CheckRandom};

void CheckRandomFault() {
  sys::Mapping mapping;
  EXPECT_OK(sys::MapBetweenGuards(-1, sys::PageSize(), &mapping));
  EXPECT_STATUS(sys::FillRandom(mapping.pages + mapping.length, 16),
                {sys::Call::kGetrandom, EFAULT});
}

const Test kRandomFault{"FillRandom into memory that is not there is EFAULT", {}, CheckRandomFault};

}  // namespace
}  // namespace memfd_secret::test
