// Feeds files to a target, without libFuzzer: fuzz_replay TARGET FILE...; without arguments it
// prints the names of the targets. A target that finds fault ends it by SIGABRT.
#include <cstdio>
#include <cstring>
#include <vector>

#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

bool ReadFile(const char* path, std::vector<std::uint8_t>* bytes) {
  FILE* file = std::fopen(path, "rbe");
  if (file == nullptr) {
    std::perror(path);
    return false;
  }
  bytes->clear();
  std::uint8_t part[4096];
  while (std::feof(file) == 0 && std::ferror(file) == 0) {
    const std::size_t got = std::fread(part, 1, sizeof(part), file);
    bytes->insert(bytes->end(), part, part + got);
  }
  const bool whole = std::ferror(file) == 0;
  std::fclose(file);
  return whole;
}

const Target* Find(const char* name) {
  const Target* target = Target::first();
  while (target != nullptr && std::strcmp(target->name(), name) != 0) {
    target = target->next();
  }
  return target;
}

int Replay(const Target& target, int count, char** paths) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < count; ++i) {
    if (!ReadFile(paths[i], &bytes)) {
      return 1;
    }
    // Told first: where the target ends the program, this line says on what.
    std::printf("%s: %zu bytes\n", paths[i], bytes.size());
    std::fflush(stdout);
    target.Run(bytes.data(), bytes.size());
  }
  return 0;
}

}  // namespace
}  // namespace memfd_secret::fuzz

int main(int count, char** arguments) {
  namespace fuzz = memfd_secret::fuzz;
  if (count < 2) {
    for (const fuzz::Target* one = fuzz::Target::first(); one != nullptr; one = one->next()) {
      std::printf("%s\n", one->name());
    }
    return 0;
  }
  const fuzz::Target* target = fuzz::Find(arguments[1]);
  if (target == nullptr) {
    std::fprintf(stderr, "Expected a target but received %s\n", arguments[1]);
    return 2;
  }
  return fuzz::Replay(*target, count - 2, arguments + 2);
}
