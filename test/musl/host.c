/* A program of musl's that stands for Node.js: it loads the addon named by its first argument, whose Node-API names
 * npm run check:musl gives it, and, with the preload library in LD_PRELOAD, for one with OpenSSL in it. Exits 0 where all
 * was as expected, 1 with a line on standard error where not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/status.h"

typedef void *(*Allocate)(size_t, const char *, int);
typedef void *(*Reallocate)(void *, size_t, const char *, int);
typedef void (*Free)(void *, const char *, int);

static Allocate allocate;
static Reallocate reallocate;
static Free release;

unsigned long OpenSSL_version_num(void) { return 0x30000000UL; }

int CRYPTO_set_mem_functions(Allocate a, Reallocate r, Free f) {
  allocate = a;
  reallocate = r;
  release = f;
  return 1;
}

static void Expect(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "expected %s\n", what);
    exit(1);
  }
}

static void LoadAddon(const char *file) {
  void *addon = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (addon == NULL) {
    fprintf(stderr, "expected the addon to load but received: %s\n", dlerror());
    exit(1);
  }
  int32_t (*version)(void) = (int32_t (*)(void))dlsym(addon, "node_api_module_get_api_version_v1");
  Expect(version != NULL && version() == 9, "Node-API version 9");
  Expect(dlsym(addon, "napi_register_module_v1") != NULL, "the entry point");
}

static MemfdSecretPreloadStatus Status(MemfdSecretPreloadStatusFunction read) {
  MemfdSecretPreloadStatus status;
  Expect(read(&status, sizeof(status)) == sizeof(status), "the whole status");
  return status;
}

static void UsePreload(MemfdSecretPreloadStatusFunction read) {
  static const char *const file = "../deps/openssl/openssl/crypto/bn/bn_lib.c";
  Expect(allocate != NULL, "the preload library to give OpenSSL its allocator");
  const uint64_t before = Status(read).bytes_in_use;
  char *key = allocate(48, file, 1);
  Expect(key != NULL && Status(read).bytes_in_use > before, "a key in the library's pages");
  memset(key, 0x5a, 48);
  key = reallocate(key, 5000, file, 1);
  Expect(key != NULL && key[0] == 0x5a && key[47] == 0x5a, "the key after it grew");
  release(key, file, 1);
  const MemfdSecretPreloadStatus status = Status(read);
  Expect(status.active == 1 && status.bytes_in_use == before && status.fallbacks == 0, "nothing left and no fallback");
  printf("preload library: %s\n", status.backing == 2 ? "memfd_secret" : "mlock");
}

int main(int argc, char **argv) {
  Expect(argc == 2, "the addon's file");
  LoadAddon(argv[1]);
  printf("addon: loaded\n");
  void *status = dlsym(RTLD_DEFAULT, MEMFD_SECRET_PRELOAD_STATUS_SYMBOL);
  if (getenv("LD_PRELOAD") != NULL) {
    Expect(status != NULL, "the preload library in the process");
    UsePreload((MemfdSecretPreloadStatusFunction)status);
  }
  return 0;
}
