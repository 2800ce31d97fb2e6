#include "sys/hardening.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace memfd_secret::sys {

Status ForbidCoreDumps() noexcept {
  const rlimit none{0, 0};
  return setrlimit(RLIMIT_CORE, &none) == 0 ? kOk : Failed(Call::kSetrlimit);
}

Status ForbidTracing() noexcept {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? kOk : Failed(Call::kPrctl);
}

Status IgnoreInspectorSignal() noexcept {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  return sigaction(SIGUSR1, &ignore, nullptr) == 0 ? kOk : Failed(Call::kSigaction);
}

bool IsDumpable() noexcept { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1; }

}  // namespace memfd_secret::sys
