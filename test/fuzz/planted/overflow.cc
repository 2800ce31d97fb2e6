// A target that reads one byte past a block of the heap: the address sanitizer is to see it.
#include <vector>

#include "support/check.h"
#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

void Run(const std::uint8_t* bytes, std::size_t length) {
  const std::vector<std::uint8_t> block(bytes, bytes + length);
  const std::size_t at = length > 0 && block[0] == 'k' ? length : 0;
  CHECK(length == 0 || block.data()[at] != 'k');
}

const Target kTarget{"overflow", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
