#include "sys/process_memory.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status ReadProcess(int process, std::uint64_t address, void* to, std::size_t length,
                   std::size_t* got) noexcept {
  iovec local{to, length};
  iovec remote{reinterpret_cast<void*>(static_cast<std::uintptr_t>(address)), length};
  const long answer =
      syscall(SYS_process_vm_readv, static_cast<long>(process), &local, 1UL, &remote, 1UL, 0UL);
  if (answer < 0) {
    *got = 0;
    return Failed(Call::kProcessVmReadv);
  }
  *got = static_cast<std::size_t>(answer);
  return kOk;
}

int OwnProcess() noexcept { return static_cast<int>(getpid()); }

}  // namespace memfd_secret::sys
