#include "request.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "memory_map.h"

namespace memfd_secret::attacker {
namespace {

constexpr size_t kShortestNeedle = 16;
constexpr char kExpectedRange[] = "expected START-END, hexadecimal, for --range";

const char* ParseNeedle(const char* path, Request* request) {
  Needle needle;
  if (ReadWholeFile(path, &needle.bytes) != 0) return "expected a needle file that can be read";
  // A short one is found by chance.
  if (needle.bytes.size() < kShortestNeedle) return "expected a needle of 16 bytes or more";
  request->needles.push_back(needle);
  return nullptr;
}

// START-END, hexadecimal as in /proc/PID/maps.
const char* ParseRange(const char* text, Request* request) {
  char* end = nullptr;
  Range range;
  errno = 0;
  range.start = strtoull(text, &end, 16);
  if (errno != 0 || end == text || *end != '-') return kExpectedRange;
  const char* second = end + 1;
  range.end = strtoull(second, &end, 16);
  if (errno != 0 || end == second || *end != '\0' || range.end <= range.start)
    return kExpectedRange;
  request->ranges.push_back(range);
  return nullptr;
}

}  // namespace

bool ParsePid(const char* text, pid_t* pid) {
  char* end = nullptr;
  errno = 0;
  const long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value <= 0 || value > INT_MAX) return false;
  *pid = static_cast<pid_t>(value);
  return true;
}

const char* ParseOptions(int argc, char** argv, Request* request) {
  for (int i = 3; i < argc; i += 2) {
    const bool needle = strcmp(argv[i], "--needle") == 0;
    if (!needle && strcmp(argv[i], "--range") != 0) return "expected --needle or --range";
    if (i + 1 >= argc) return needle ? "expected a file after --needle" : "expected a range";
    const char* problem =
        needle ? ParseNeedle(argv[i + 1], request) : ParseRange(argv[i + 1], request);
    if (problem != nullptr) return problem;
  }
  return nullptr;
}

}  // namespace memfd_secret::attacker
