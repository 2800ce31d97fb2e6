#include "sys/mlock_trial.h"

#include <sys/mman.h>

#include "sys/pages.h"
#include "sys/throwaway_child.h"

namespace memfd_secret::sys {
namespace {

int CallOnce() noexcept {
  static_cast<void>(mlock(nullptr, 0));
  return 0;
}

}  // namespace

Trial TryMlock(bool in_child) noexcept {
  if (in_child) {
    ChildEnd end;
    if (const Status status = RunInThrowawayChild(CallOnce, &end); !status.ok()) {
      return {status, 0};
    }
    if (end.signal != 0) {
      return {{}, end.signal};
    }
  }
  Mapping mapping;
  const Status status = MapLockedPages(PageSize(), &mapping);
  return {status.ok() ? Unmap(mapping) : status, 0};
}

}  // namespace memfd_secret::sys
