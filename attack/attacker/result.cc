#include "result.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>

namespace memfd_secret::attacker {
namespace {

// A broken victim could hold thousands of copies; the table needs a count and some examples.
constexpr size_t kHitsKept = 64;

std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // A name of a mapping or a link is bytes, not UTF-8: each is shown as the code point of its
      // value.
      char escaped[8];
      snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      quoted += escaped;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// Addresses as text: a JSON number of 2^53 or more would be rounded by the reader.
std::string Hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "\"0x%" PRIx64 "\"", value);
  return text;
}

std::string Field(const char* name, uint64_t value) {
  return std::string(",\"") + name + "\":" + std::to_string(value);
}

std::string ErrnoField(const char* name, int error) {
  return std::string(",\"") + name + "\":" + (error == 0 ? "null" : Quote(ErrnoName(error)));
}

}  // namespace

std::string ErrnoName(int error) {
  switch (error) {
    case EPERM:
      return "EPERM";
    case ENOENT:
      return "ENOENT";
    case ESRCH:
      return "ESRCH";
    case EINTR:
      return "EINTR";
    case EIO:
      return "EIO";
    case ENXIO:
      return "ENXIO";
    case EBADF:
      return "EBADF";
    case ENOMEM:
      return "ENOMEM";
    case EACCES:
      return "EACCES";
    case EFAULT:
      return "EFAULT";
    case EBUSY:
      return "EBUSY";
    case EINVAL:
      return "EINVAL";
    case ENODEV:
      return "ENODEV";
    case EMFILE:
      return "EMFILE";
    case ENOSPC:
      return "ENOSPC";
    case ESPIPE:
      return "ESPIPE";
    case ENOSYS:
      return "ENOSYS";
    case EOPNOTSUPP:
      return "EOPNOTSUPP";
    case ETIMEDOUT:
      return "ETIMEDOUT";
    default:
      return "errno " + std::to_string(error);
  }
}

void Result::AddHit(Hit hit) {
  hit_count += 1;
  if (hits.size() < kHitsKept) hits.push_back(std::move(hit));
}

void Result::RefuseSecretPage(int error) {
  secret_pages_refused += 1;
  refusal_errno = error;
}

bool Result::Fail(const std::string& what, int error) {
  impossible = what;
  impossible_errno = error;
  return false;
}

void Result::Print() const {
  std::string json = "{\"attack\":" + Quote(attack);
  json += ",\"impossible\":" + (impossible.empty() ? std::string("null") : Quote(impossible));
  json += ErrnoField("impossibleErrno", impossible_errno);
  json += Field("hitCount", hit_count);
  json += ",\"hits\":[";
  for (size_t i = 0; i < hits.size(); i += 1) {
    const Hit& hit = hits[i];
    json += std::string(i == 0 ? "" : ",") + "{\"needle\":" + std::to_string(hit.needle);
    json += ",\"address\":" + Hex(hit.address) + ",\"where\":" + Quote(hit.where);
    json += std::string(",\"inSecret\":") + (hit.in_secret ? "true" : "false") + "}";
  }
  json += "]";
  json += Field("secretPages", secret_pages);
  json += Field("secretPagesRefused", secret_pages_refused);
  json += ErrnoField("refusal", refusal_errno);
  json += Field("bytesRead", bytes_read);
  json += Field("bytesWritten", bytes_written);
  json += Field("descriptors", descriptors);
  json += Field("descriptorsTaken", descriptors_taken);
  json += Field("secretDescriptors", secret_descriptors);
  json += ",\"secretMappings\":[";
  for (size_t i = 0; i < secret_mappings.size(); i += 1) {
    const Range& range = secret_mappings[i];
    json += std::string(i == 0 ? "" : ",") + "{\"start\":" + Hex(range.start);
    json += ",\"end\":" + Hex(range.end) + ",\"name\":" + Quote(range.name) + "}";
  }
  json += "]}";
  puts(json.c_str());
}

}  // namespace memfd_secret::attacker
