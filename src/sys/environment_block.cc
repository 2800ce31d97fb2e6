#include "sys/environment_block.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "sys/bytes.h"

namespace memfd_secret::sys {
namespace {

struct Block {
  char* begin = nullptr;
  char* end = nullptr;
};

// Fields 50 and 51 of /proc/self/stat (proc(5)): where the block begins and ends. The kernel shows
// them to the process itself whatever its dumpable flag; getauxval(3) knows nothing as exact.
constexpr int kEnvStart = 50;
constexpr int kEnvEnd = 51;

std::uintptr_t FieldOf(const char* text, int wanted) noexcept {
  // The name of the program, field 2, may hold spaces and parentheses; nothing after it does.
  const char* at = std::strrchr(text, ')');
  for (int field = 2; at != nullptr && field < wanted; ++field) {
    at = std::strchr(at + 1, ' ');
  }
  std::uintptr_t value = 0;
  for (at = at == nullptr ? "" : at + 1; *at >= '0' && *at <= '9'; ++at) {
    value = value * 10 + static_cast<std::uintptr_t>(*at - '0');
  }
  return value;
}

Status FindBlock(Block* block) noexcept {
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Failed(Call::kOpen);
  }
  char text[2048];
  ssize_t got = 0;
  do {
    got = read(file, text, sizeof(text) - 1);
  } while (got < 0 && errno == EINTR);
  const Status status = got < 0 ? Failed(Call::kRead) : kOk;
  close(file);
  if (!status.ok()) {
    return status;
  }
  text[got] = '\0';
  block->begin = reinterpret_cast<char*>(FieldOf(text, kEnvStart));
  block->end = reinterpret_cast<char*>(FieldOf(text, kEnvEnd));
  return kOk;
}

// The value in an entry "name=value"; null where the entry is of another name.
char* ValueIn(char* entry, const char* name, std::size_t length) noexcept {
  return std::strncmp(entry, name, length) == 0 && entry[length] == '=' ? entry + length + 1
                                                                        : nullptr;
}

}  // namespace

const char* EnvironmentValue(const char* name) noexcept {
  const std::size_t length = std::strlen(name);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (const char* value = ValueIn(*entry, name, length); value != nullptr) {
      return value;
    }
  }
  return nullptr;
}

Status WipeEnvironmentValue(const char* name) noexcept {
  const std::size_t length = std::strlen(name);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (char* value = ValueIn(*entry, name, length); value != nullptr) {
      Wipe(value, std::strlen(value));
    }
  }
  Block block;
  if (const Status status = FindBlock(&block); !status.ok()) {
    return status;
  }
  for (char* at = block.begin; at != nullptr && at < block.end;) {
    const std::size_t size = strnlen(at, static_cast<std::size_t>(block.end - at));
    if (size > length) {
      if (char* value = ValueIn(at, name, length); value != nullptr) {
        Wipe(value, static_cast<std::size_t>(at + size - value));
      }
    }
    at += size + 1;
  }
  return kOk;
}

}  // namespace memfd_secret::sys
