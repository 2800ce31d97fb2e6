#include "sys/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "sys/secret_descriptor.h"

namespace memfd_secret::sys {
namespace {

// Gives back what was mapped; the failure that led here is the one worth telling.
Status Undo(const Mapping& mapping, Status failure) noexcept {
  static_cast<void>(Unmap(mapping));
  return failure;
}

}  // namespace

Status MapSecretDescriptor(int descriptor, std::size_t length, Mapping* out) noexcept {
  Mapping mapping;
  if (const Status status = MapBetweenGuards(descriptor, length, &mapping); !status.ok()) {
    return status;
  }
  // Before the first touch: no child may ever share these pages, since its wipe would be the
  // parent's.
  if (madvise(mapping.pages, length, MADV_DONTFORK) != 0) {
    return Undo(mapping, Failed(Call::kMadvise));
  }
  if (const Status status = Prefault(mapping.pages, length); !status.ok()) {
    return Undo(mapping, status);
  }
  *out = mapping;
  return kOk;
}

Status MapSecretPages(std::size_t length, Mapping* out) noexcept {
  int descriptor = -1;
  if (const Status status = OpenSecretDescriptor(length, &descriptor); !status.ok()) {
    return status;
  }
  Mapping mapping;
  const Status status = MapSecretDescriptor(descriptor, length, &mapping);
  // Closed before anything secret is written: pidfd_getfd takes an open one. Linux frees the number
  // even on an error.
  close(descriptor);
  if (status.ok()) {
    *out = mapping;
  }
  return status;
}

Status MapLockedPages(std::size_t length, Mapping* out) noexcept {
  Mapping mapping;
  if (const Status status = MapBetweenGuards(-1, length, &mapping); !status.ok()) {
    return status;
  }
  if (madvise(mapping.pages, length, MADV_DONTDUMP) != 0 ||
      madvise(mapping.pages, length, MADV_DONTFORK) != 0) {
    return Undo(mapping, Failed(Call::kMadvise));
  }
  if (mlock(mapping.pages, length) != 0) {
    return Undo(mapping, Failed(Call::kMlock));
  }
  *out = mapping;
  return kOk;
}

Status MapPages(Backing backing, std::size_t length, Mapping* out) noexcept {
  switch (backing) {
    case Backing::kMemfdSecret:
      return MapSecretPages(length, out);
    case Backing::kMlock:
      return MapLockedPages(length, out);
    case Backing::kHeap:
      break;
  }
  return {Call::kMmap, EINVAL};
}

}  // namespace memfd_secret::sys
