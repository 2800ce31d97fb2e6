#include "sys/accounting.h"

#include <sys/mman.h>

#include <cerrno>

#include "sys/pages.h"
#include "sys/throwaway_child.h"

namespace memfd_secret::sys {
namespace {

int CallMsyncOnce() noexcept {
  static_cast<void>(msync(nullptr, 0, MS_ASYNC));
  return 0;
}

bool MsyncKills() noexcept {
  ChildEnd end;
  return !RunInThrowawayChild(CallMsyncOnce, &end).ok() || end.signal != 0;
}

}  // namespace

Accounting FindAccounting(bool in_child) noexcept {
  if (in_child && MsyncKills()) {
    return Accounting::kUnknown;
  }
  Mapping mapping;
  if (!MapSecretPages(PageSize(), &mapping).ok()) {
    return Accounting::kUnknown;
  }
  // Pages counted at mmap are a locked mapping (VM_LOCKED), which msync(2) answers with EBUSY; else
  // MS_INVALIDATE does nothing on Linux.
  const int answer = msync(mapping.pages, mapping.length, MS_ASYNC | MS_INVALIDATE);
  const int error = answer == 0 ? 0 : errno;
  static_cast<void>(Unmap(mapping));
  if (error == EBUSY) {
    return Accounting::kAtMmap;
  }
  return error == 0 ? Accounting::kAtTouch : Accounting::kUnknown;
}

}  // namespace memfd_secret::sys
