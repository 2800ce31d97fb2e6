// Threads that map and unmap all the time: nothing that one mapped may be replaced by another.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "harness.h"
#include "process.h"
#include "sys/fork_mark.h"
#include "sys/mapping.h"
#include "sys/pages.h"

namespace memfd_secret::test {
namespace {

void MarkAndLook(std::byte* pages, std::size_t length, unsigned char mark) {
  std::memset(pages, mark, length);
  std::this_thread::yield();
  EXPECT(AllBytesAre(pages, length, mark));
}

// What any other library in the process does.
void MapForeign(std::size_t length, unsigned char mark) {
  void* got = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(got != MAP_FAILED);
  MarkAndLook(static_cast<std::byte*>(got), length, mark);
  EXPECT_EQUAL(munmap(got, length), 0);
}

void MapGuarded(std::size_t length, unsigned char mark) {
  sys::Mapping mapping;
  EXPECT_OK(sys::MapBetweenGuards(-1, length, &mapping));
  MarkAndLook(mapping.pages, length, mark);
  EXPECT_OK(sys::Unmap(mapping));
}

void CheckRace() {
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned char index = 0; index < 4; ++index) {
    threads.emplace_back([&over, index] {
      Random random(index + 1U);
      const auto mark = static_cast<unsigned char>(0xa0 + index);
      while (!over) {
        const std::size_t length = (1 + random.Below(4)) * sys::PageSize();
        if (index < 2) {
          MapForeign(length + 2 * sys::PageSize(), mark);
        } else {
          MapGuarded(length, mark);
        }
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

const Test kRace{
    "MapBetweenGuards replaces nothing that another thread mapped, and wins in the end",
    {},
    CheckRace};

void CheckMarkRace() {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      EXPECT_OK(sys::MarkOwner());
      EXPECT(sys::IsOwner());
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  InFork([] { EXPECT(!sys::IsOwner()); });
}

const Test kMarkRace{"threads that mark the owner at once mark it once", {}, CheckMarkRace};

}  // namespace
}  // namespace memfd_secret::test
