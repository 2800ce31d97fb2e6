#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fake_openssl.h"

namespace memfd_secret::fake {
namespace {

constexpr char kText[] = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::size_t kBuffer = 4096;
// More than get a buffer of the library's.
constexpr int kFiles = 100;

char path[] = "/tmp/memfd-secret-XXXXXX";

void ReadThrough(FILE* file) {
  char line[64] = "";
  CHECK(file != nullptr && std::fgets(line, sizeof(line), file) != nullptr);
  CHECK(std::strcmp(line, kText) == 0);
}

void* ReadOften(void* /*argument*/) {
  for (int round = 0; round < 2000; ++round) {
    FILE* file = std::fopen(path, "re");
    ReadThrough(file);
    CHECK(std::fclose(file) == 0);
  }
  return nullptr;
}

}  // namespace

// This program passes for OpenSSL, so that what it opens is what OpenSSL opens.
int FileBuffers() {
  const int descriptor = mkstemp(path);
  CHECK(descriptor >= 0 && close(descriptor) == 0);
  FILE* file = std::fopen(path, "we");
  CHECK(file != nullptr && Status().bytes_in_use == kBuffer);
  CHECK(std::fputs(kText, file) >= 0);
  CHECK(std::fclose(file) == 0 && Status().bytes_in_use == 0);

  file = fopen64(path, "re");
  CHECK(file != nullptr && Status().bytes_in_use == kBuffer);
  ReadThrough(file);
  CHECK(std::fclose(file) == 0 && Status().bytes_in_use == 0);

  FILE* files[kFiles];
  for (FILE*& each : files) {
    each = std::fopen(path, "re");
    ReadThrough(each);
  }
  CHECK(Status().bytes_in_use == 64 * kBuffer);
  for (FILE* each : files) {
    CHECK(std::fclose(each) == 0);
  }
  CHECK(Status().bytes_in_use == 0);

  pthread_t threads[8];
  for (pthread_t& thread : threads) {
    CHECK(pthread_create(&thread, nullptr, ReadOften, nullptr) == 0);
  }
  for (pthread_t thread : threads) {
    CHECK(pthread_join(thread, nullptr) == 0);
  }
  CHECK(Status().bytes_in_use == 0 && Status().fallbacks == 0);

  CHECK(unlink(path) == 0);
  errno = 0;
  CHECK(std::fopen(path, "re") == nullptr && errno == ENOENT);
  return 0;
}

// Repeats each line of its input that names a source file whose allocations are secret.
int Files() {
  // The library remembers a name by its address, so each has one of its own.
  static char lines[512][512];
  for (char(&line)[512] : lines) {
    if (std::fgets(line, sizeof(line), stdin) == nullptr) {
      return 0;
    }
    line[std::strcspn(line, "\n")] = '\0';
    if (IsSecret(Make(64, line))) {
      std::puts(line);
    }
  }
  return 1;
}

}  // namespace memfd_secret::fake
