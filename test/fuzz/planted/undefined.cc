// A target that overflows an int: the undefined-behaviour sanitizer is to see it.
#include <climits>

#include "support/check.h"
#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

void Run(const std::uint8_t* bytes, std::size_t length) {
  const int most = INT_MAX - 'j';
  CHECK(length == 0 || bytes[0] > 'z' || most + bytes[0] > 0);
}

const Target kTarget{"undefined", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
