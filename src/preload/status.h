/* How the addon, or any other code in the process, reads what the preload library does. The library
 * is in the process's global scope, so dlsym(RTLD_DEFAULT, MEMFD_SECRET_PRELOAD_STATUS_SYMBOL)
 * finds the function, and null means: not loaded. Plain C, since the two are built, and may be
 * shipped, apart. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MEMFD_SECRET_PRELOAD_STATUS_SYMBOL "memfd_secret_preload_status"

typedef struct MemfdSecretPreloadStatus {
  uint32_t active;  /* 1: OpenSSL allocates through the library */
  uint32_t scope;   /* 0: keys, 1: all */
  uint32_t backing; /* 1: mlock, 2: memfd_secret, as sys::Backing */
  uint32_t reserved;
  uint64_t bytes_in_use;       /* handed out, rounded up to slots */
  uint64_t peak_bytes;         /* most of the 4 KiB blocks in use at once */
  uint64_t capacity_bytes;     /* locked now */
  uint64_t ceiling_bytes;      /* most that may be locked */
  uint64_t secret_allocations; /* since the start */
  uint64_t other_allocations;  /* to malloc, by scope */
  uint64_t fallbacks;          /* to malloc, for want of secret memory */
} MemfdSecretPreloadStatus;

/* Fills size bytes of *out (a caller built against an older header passes less, and gets what it
 * knows) and answers the size that the library knows. Any thread, any time. */
typedef size_t (*MemfdSecretPreloadStatusFunction)(MemfdSecretPreloadStatus* out, size_t size);
