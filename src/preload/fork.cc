#include "preload/fork.h"

#include "preload/hooks.h"
#include "preload/message.h"
#include "sys/hand_over.h"
#include "sys/reservation.h"

// glibc's pthread_atfork lives in its static part, and its shared library keeps only the call
// beneath it; musl has only pthread_atfork. One file serves both, hence weak references to either.
extern "C" {
__attribute__((weak)) int __register_atfork(void (*)(), void (*)(), void (*)(), void*);
__attribute__((weak)) int pthread_atfork(void (*)(), void (*)(), void (*)());
}

namespace memfd_secret::preload {
namespace {

constinit sys::HandOver hand_over;
constinit bool inherited = false;

void BeforeFork() noexcept {
  Heap& heap = TheHeap();
  heap.LockAll();
  BlockPool& pool = heap.pool();
  inherited = hand_over.Open().ok() && sys::SetInherited(pool.base(), pool.filled(), true).ok();
}

void InParent() noexcept {
  Heap& heap = TheHeap();
  hand_over.Wait();
  if (inherited) {
    // Were this to fail, the next child would share the pages until it has copied them: no worse
    // than this one did.
    static_cast<void>(sys::SetInherited(heap.pool().base(), heap.pool().filled(), false));
  }
  heap.UnlockAll();
}

void InChild() noexcept {
  BlockPool& pool = TheHeap().pool();
  const sys::Status status = inherited
                                 ? sys::ReplaceByCopy(pool.backing(), pool.base(), pool.filled())
                                 : sys::Status{sys::Call::kPipe, 0};
  if (!inherited || !status.ok()) {
    // The keys of this process are its parent's pages, or nobody's: to go on would be to share or
    // to crash.
    Message message;
    message.Add("a forked child could not get secret memory of its own (").AddStatus(status);
    message.Add("). Raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)");
    Refuse(message);
  }
  hand_over.Done();
  TheHeap().UnlockAllInChild();
}

}  // namespace

bool CopyHeapInForks() noexcept {
  if (__register_atfork != nullptr) {
    return __register_atfork(BeforeFork, InParent, InChild, nullptr) == 0;
  }
  return pthread_atfork != nullptr && pthread_atfork(BeforeFork, InParent, InChild) == 0;
}

}  // namespace memfd_secret::preload
