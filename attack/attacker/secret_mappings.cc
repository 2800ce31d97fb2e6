#include "attacks.h"
#include "memory_map.h"
#include "search.h"

namespace memfd_secret::attacker {

bool ListSecretMappings(const Request& request, Result* result) {
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(request.pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  for (const Mapping& mapping : mappings) {
    if (!mapping.HoldsSecrets()) continue;
    result->secret_pages += (mapping.end - mapping.start) / PageSize();
    result->secret_mappings.push_back({mapping.start, mapping.end, mapping.name});
  }
  return true;
}

}  // namespace memfd_secret::attacker
