#include "sys/fork_mark.h"

#include <sys/mman.h>

#include <atomic>

#include "sys/mapping.h"

namespace memfd_secret::sys {
namespace {

// A page that fork(2) zeroes in the child (MADV_WIPEONFORK, Linux 4.14) tells a child apart without
// a getpid(2) a wipe.
constinit std::atomic<volatile unsigned*> mark{nullptr};

}  // namespace

Status MarkOwner() noexcept {
  if (mark.load(std::memory_order_acquire) != nullptr) {
    return kOk;
  }
  void* page =
      mmap(nullptr, PageSize(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  if (madvise(page, PageSize(), MADV_WIPEONFORK) != 0) {
    const Status status = Failed(Call::kMadvise);
    munmap(page, PageSize());
    return status;
  }
  auto* mine = static_cast<volatile unsigned*>(page);
  *mine = 1;
  volatile unsigned* none = nullptr;
  if (!mark.compare_exchange_strong(none, mine, std::memory_order_acq_rel)) {
    munmap(page, PageSize());
  }
  return kOk;
}

bool IsOwner() noexcept {
  const volatile unsigned* mine = mark.load(std::memory_order_acquire);
  return mine == nullptr || *mine == 1;
}

}  // namespace memfd_secret::sys
