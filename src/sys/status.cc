#include "sys/status.h"

#include <cerrno>

namespace memfd_secret::sys {

Status Failed(Call call) noexcept { return {call, errno}; }

}  // namespace memfd_secret::sys
