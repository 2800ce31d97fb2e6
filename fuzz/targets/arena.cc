// The arena, driven by bytes and compared with a model (fuzz/arena_model).
#include "arena_model/world.h"
#include "support/check.h"
#include "support/process_state.h"
#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

constexpr unsigned kMostSteps = 400;
// Looking at all mappings costs as much as some hundred steps.
constexpr unsigned kRunsBetweenLooks = 64;

sys::Sealing SealingOf(std::size_t number) noexcept {
  switch (number) {
    case 0:
      return sys::Sealing::kNone;
    case 1:
      // By a protection key where there are any.
      return sys::ChooseSealing(false);
    default:
      return sys::Sealing::kMprotect;
  }
}

void Run(const std::uint8_t* bytes, std::size_t length) {
  Input input(bytes, length);
  const bool secret = input.Below(4) != 0 && HasMemfdSecret();
  const sys::Sealing sealing = SealingOf(input.Below(4));
  const std::size_t descriptors = OpenDescriptors();
  {
    World world(secret ? sys::Backing::kMemfdSecret : sys::Backing::kMlock, sealing);
    for (unsigned step = 0; step < kMostSteps && !input.empty(); ++step) {
      world.Step(&input);
    }
    world.Finish();
  }
  CHECK(OpenDescriptors() == descriptors);
  static unsigned runs = 0;
  if (runs++ % kRunsBetweenLooks == 0) {
    CHECK(SecretMappings() == 0);
  }
}

const Target kTarget{"arena", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
