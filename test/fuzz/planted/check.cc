// A target with a check that some input breaks: npm run fuzz is to find it.
#include "support/check.h"

#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

void Run(const std::uint8_t* bytes, std::size_t length) {
  CHECK(!(length >= 2 && bytes[0] == 'k' && bytes[1] == 'y'));
}

const Target kTarget{"check", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
