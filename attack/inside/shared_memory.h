#ifndef MEMFD_SECRET_ATTACK_INSIDE_SHARED_MEMORY_H_
#define MEMFD_SECRET_ATTACK_INSIDE_SHARED_MEMORY_H_

#include <cstddef>

namespace memfd_secret::inside {

// Ordinary shared memory of memfd_create(2), whose descriptor stays open: what the attacks on
// descriptors and on mapped files are first tried on. Null with errno set.
[[nodiscard]] void* MapSharedMemory(size_t length);

}  // namespace memfd_secret::inside

#endif  // MEMFD_SECRET_ATTACK_INSIDE_SHARED_MEMORY_H_
