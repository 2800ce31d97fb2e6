#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

constinit const Target* first_target = nullptr;

}  // namespace

Target::Target(const char* name, void (*run)(const std::uint8_t*, std::size_t)) noexcept
    : name_(name), run_(run), next_(first_target) {
  first_target = this;
}

const Target* Target::first() noexcept { return first_target; }

}  // namespace memfd_secret::fuzz
