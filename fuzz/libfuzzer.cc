// The entry of libFuzzer, linked with one target.
#include "support/check.h"
#include "support/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t length);

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t length) {
  const memfd_secret::fuzz::Target* target = memfd_secret::fuzz::Target::first();
  CHECK(target != nullptr && target->next() == nullptr);
  target->Run(bytes, length);
  return 0;
}
