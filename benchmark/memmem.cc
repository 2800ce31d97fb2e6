// What an audit is compared with: one pass of memmem(3) for each pattern over memory that
// process_vm_readv(2) of this process has read. Arguments: bytes of memory, then of each pattern.
// Prints nanoseconds. Built and run by audit.ts.
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <vector>

namespace {

constexpr std::size_t kChunk = std::size_t{128} << 10U;

long Nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

void FillRandom(std::vector<unsigned char>* bytes, std::mt19937_64* random) {
  for (std::size_t i = 0; i + 8 <= bytes->size(); i += 8) {
    const auto word = (*random)();
    std::memcpy(bytes->data() + i, &word, 8);
  }
}

}  // namespace

int main(int count, char** values) {
  std::mt19937_64 random{1};
  std::vector<unsigned char> memory(std::strtoul(count > 1 ? values[1] : "0", nullptr, 10));
  FillRandom(&memory, &random);
  std::vector<std::vector<unsigned char>> patterns;
  for (int i = 2; i < count; ++i) {
    patterns.emplace_back((std::strtoul(values[i], nullptr, 10) + 7) / 8 * 8);
    FillRandom(&patterns.back(), &random);
  }
  std::vector<unsigned char> chunk(kChunk);
  std::size_t found = 0;
  const long before = Nanoseconds();
  for (std::size_t at = 0; at < memory.size(); at += kChunk) {
    const iovec local{chunk.data(), kChunk};
    const iovec remote{memory.data() + at, kChunk};
    const ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    for (const auto& pattern : patterns) {
      found += got > 0 && memmem(chunk.data(), static_cast<std::size_t>(got), pattern.data(),
                                 pattern.size()) != nullptr;
    }
  }
  std::printf("%ld\n", Nanoseconds() - before);
  return found == 0 ? 0 : 1;
}
