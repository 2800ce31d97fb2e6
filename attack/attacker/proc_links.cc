#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "attacks.h"
#include "list_links.h"
#include "search_descriptor.h"

namespace memfd_secret::attacker {
namespace {

// Opens what each link of a folder of /proc leads to, which gives a descriptor of this program's
// own, and searches that.
bool OpenAndSearch(const Request& request, const char* folder_name, Result* result) {
  const std::string folder = "/proc/" + std::to_string(request.pid) + "/" + folder_name;
  std::vector<std::string> names;
  const int error = ListLinks(folder, &names);
  if (error != 0) return result->Fail(folder_name, error);
  int right = 0;
  for (const std::string& name : names) {
    result->descriptors += 1;
    const std::string path = folder + "/" + name;
    const std::string target = LinkOf(path);
    if (target.compare(0, 10, "/secretmem") == 0) result->secret_descriptors += 1;
    // Not blocking: a named pipe would wait for its other end.
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
      if (errno == EPERM || errno == EACCES) right = errno;
      result->refusal_errno = errno;
      continue;
    }
    result->descriptors_taken += 1;
    SearchDescriptor(fd, target, request.needles, result);
    close(fd);
  }
  if (result->descriptors_taken > 0) return true;
  return result->Fail(folder_name, right != 0 ? right : ESRCH);
}

}  // namespace

bool AttackProcFd(const Request& request, Result* result) {
  return OpenAndSearch(request, "fd", result);
}

// Opening needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN (proc(5)).
bool AttackMapFiles(const Request& request, Result* result) {
  return OpenAndSearch(request, "map_files", result);
}

}  // namespace memfd_secret::attacker
