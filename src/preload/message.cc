#include "preload/message.h"

#include <cstdlib>
#include <cstring>

#include "sys/standard_error.h"

namespace memfd_secret::preload {

Message::Message() noexcept { Add("memfd-secret: "); }

Message& Message::Add(const char* text) noexcept {
  const std::size_t room = kLongest - 1 - length_;
  const std::size_t length = std::strlen(text);
  const std::size_t part = length < room ? length : room;
  std::memcpy(text_ + length_, text, part);
  length_ += part;
  return *this;
}

Message& Message::AddNumber(std::uint64_t number) noexcept {
  char digits[24];
  std::size_t at = sizeof(digits);
  digits[--at] = '\0';
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return Add(digits + at);
}

Message& Message::AddStatus(const sys::Status& status) noexcept {
  Add(sys::kCallNames[static_cast<std::size_t>(status.call)]);
  return Add(": errno ").AddNumber(static_cast<std::uint64_t>(status.error));
}

void Message::Write() noexcept {
  text_[length_] = '\n';
  sys::WriteStandardError(text_, length_ + 1);
}

void Refuse(Message& message) noexcept {
  message.Write();
  sys::ExitNow(kRefused);
}

void EndProcess(const char* text) noexcept {
  Message().Add(text).Write();
  std::abort();
}

}  // namespace memfd_secret::preload
