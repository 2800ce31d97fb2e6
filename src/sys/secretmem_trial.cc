#include "sys/secretmem_trial.h"

#include <unistd.h>

#include "sys/pages.h"
#include "sys/secret_descriptor.h"
#include "sys/throwaway_child.h"

namespace memfd_secret::sys {
namespace {

int CallOnce() noexcept {
  int descriptor = -1;
  static_cast<void>(MemfdSecret(0, &descriptor));
  return 0;
}

}  // namespace

Trial TrySecretmem(bool in_child) noexcept {
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
  const Status status = MapSecretPages(PageSize(), &mapping);
  return {status.ok() ? Unmap(mapping) : status, 0};
}

}  // namespace memfd_secret::sys
