// ReceiveDescriptor, at the other end of a socket from somebody who sends what it likes: no, one or
// many descriptors, control messages of other kinds, and bytes that are none.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <vector>

#include "support/check.h"
#include "support/input.h"
#include "support/process_state.h"
#include "support/target.h"
#include "sys/unix_socket.h"

namespace memfd_secret::fuzz {
namespace {

constexpr std::size_t kMostCarried = 253;  // SCM_MAX_FD
constexpr std::size_t kMostSteps = 64;

struct Message {
  std::vector<std::uint8_t> bytes;
  // Of bytes that were sent as control messages it is not known what the kernel made of them.
  bool known = true;
  std::size_t carried = 0;
  bool begun = false;  // its first byte, with which the descriptors go, was received
};

class Connection {
 public:
  explicit Connection(Input* input) : input_(input), base_(OpenDescriptors()) {
    int pair[2] = {-1, -1};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    sender_ = pair[0];
    receiver_ = pair[1];
    sent_ = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(sent_ >= 0);
    struct stat file{};
    CHECK(fstat(sent_, &file) == 0);
    inode_ = file.st_ino;
    open_ = OpenDescriptors();
    CHECK(open_ == base_ + 3);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    close(sender_);
    close(receiver_);
    close(sent_);
    CHECK(OpenDescriptors() == base_);
  }

  void Run() {
    for (std::size_t step = 0; step < kMostSteps && !input_->empty(); ++step) {
      switch (input_->Below(6)) {
        case 0:
          AskForMore();
          break;
        case 1:
          SendRaw();
          break;
        case 2:
          SendOwn();
          break;
        case 3:
          SendMany();
          break;
        default:
          Receive();
      }
    }
    rlimit table{};
    CHECK(getrlimit(RLIMIT_NOFILE, &table) == 0);
    while (!messages_.empty()) {
      ReceiveUpTo(4096, table);
    }
    shutdown(sender_, SHUT_WR);
    ReceiveUpTo(16, table);
  }

 private:
  // Control messages that the kernel puts before the descriptors, so that not all may fit.
  void AskForMore() {
    const int on = static_cast<int>(input_->Below(2));
    const int option = input_->Below(2) == 0 ? SO_PASSCRED : SO_PASSSEC;
    CHECK(setsockopt(receiver_, SOL_SOCKET, option, &on, sizeof(on)) == 0);
    asked_ = asked_ || on != 0;
  }

  void Keep(const std::uint8_t* bytes, std::size_t length, std::size_t carried, bool known) {
    Message& message = messages_.emplace_back();
    message.bytes.assign(bytes, bytes + length);
    message.carried = carried;
    message.known = known;
  }

  void Send(std::vector<std::uint8_t>* control, std::size_t carried, bool known) {
    const std::uint8_t* bytes = input_->rest();
    std::size_t length = input_->Take(1 + input_->Below(16));
    static constexpr std::uint8_t kOne = 1;
    if (length == 0) {
      bytes = &kOne;
      length = 1;
    }
    iovec part{const_cast<std::uint8_t*>(bytes), length};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control->data();
    message.msg_controllen = control->size();
    const ssize_t done = sendmsg(sender_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done > 0) {
      Keep(bytes, static_cast<std::size_t>(done), carried, known);
    } else {
      CHECK(!known || errno == EAGAIN || errno == ETOOMANYREFS);
    }
  }

  void SendOwn() {
    const int carried = input_->Below(2) == 0 ? sent_ : -1;
    const std::uint8_t* bytes = input_->rest();
    const std::size_t length = input_->Take(1 + input_->Below(16));
    std::size_t sent = 0;
    const sys::Status status = sys::SendDescriptor(sender_, bytes, length, carried, &sent);
    CHECK(status.ok() || status.error == EAGAIN || status.error == ETOOMANYREFS);
    // Nothing goes with no byte.
    if (status.ok() && sent > 0) {
      Keep(bytes, sent, carried < 0 ? 0 : 1, true);
    }
  }

  void SendMany() {
    const std::size_t count = input_->Below(2) == 0 ? input_->Below(4) : input_->Below(254);
    std::vector<std::uint8_t> control(count == 0 ? 0 : CMSG_SPACE(count * sizeof(int)));
    if (count > 0) {
      auto* header = reinterpret_cast<cmsghdr*>(control.data());
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(count * sizeof(int));
      const std::vector<int> numbers(count, sent_);
      std::memcpy(CMSG_DATA(header), numbers.data(), count * sizeof(int));
    }
    Send(&control, count, true);
  }

  // What is no control message, or one that was changed: the kernel refuses most of it.
  void SendRaw() {
    std::vector<std::uint8_t> control;
    if (input_->Below(2) == 0) {
      const std::uint8_t* bytes = input_->rest();
      control.assign(bytes, bytes + input_->Take(input_->Below(96)));
    } else {
      for (std::size_t parts = 1 + input_->Below(3); parts > 0; --parts) {
        AddPart(&control);
      }
    }
    Send(&control, 0, false);
  }

  void AddPart(std::vector<std::uint8_t>* control) {
    const std::size_t count = input_->Below(4);
    const std::size_t at = control->size();
    control->resize(at + CMSG_SPACE(count * sizeof(int)));
    cmsghdr header{};
    header.cmsg_level = input_->Below(8) == 0 ? input_->Byte() : SOL_SOCKET;
    header.cmsg_type = input_->Below(4) == 0 ? int{input_->Byte()} : int{SCM_RIGHTS};
    header.cmsg_len = CMSG_LEN(count * sizeof(int)) + (input_->Below(8) == 0 ? input_->Byte() : 0);
    std::memcpy(control->data() + at, &header, sizeof(header));
    for (std::size_t i = 0; i < count; ++i) {
      const int number = input_->Below(8) == 0 ? static_cast<int>(input_->Number()) : sent_;
      std::memcpy(control->data() + at + CMSG_LEN(i * sizeof(int)), &number, sizeof(number));
    }
  }

  void Receive() {
    // A table that is full lets the kernel install fewer descriptors than were sent.
    rlimit before{};
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const bool room = input_->Below(4) != 0;
    const rlimit small{FirstFree() + input_->Below(4), before.rlim_max};
    ReceiveUpTo(1 + input_->Below(32), room ? before : small);
    CHECK(OpenDescriptors() == open_);
  }

  [[nodiscard]] rlim_t FirstFree() const {
    const int free = fcntl(sent_, F_DUPFD_CLOEXEC, 0);
    CHECK(free >= 0);
    close(free);
    return static_cast<rlim_t>(free);
  }

  void ReceiveUpTo(std::size_t length, const rlimit& table) {
    std::vector<std::uint8_t> bytes(length, 0xee);
    std::size_t received = SIZE_MAX;
    int carried = -2;
    rlimit before{};
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0 && setrlimit(RLIMIT_NOFILE, &table) == 0);
    const sys::Status status =
        sys::ReceiveDescriptor(receiver_, bytes.data(), length, &received, &carried);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    const bool room = table.rlim_cur == before.rlim_cur;
    if (!status.ok()) {
      CHECK(status.error == EAGAIN && messages_.empty());
      return;
    }
    CHECK(received <= length && carried >= -1);
    bool known = true;
    const std::size_t count = TakeExpected(bytes, received, &known);
    if (known && room && (!asked_ || count < kMostCarried)) {
      CHECK((carried >= 0) == (count == 1));
    }
    CHECK(!known || count == 1 || carried == -1);
    if (carried >= 0) {
      CheckCarried(carried, known);
    }
  }

  // Takes what was received off the messages and says how many descriptors came with it.
  std::size_t TakeExpected(const std::vector<std::uint8_t>& bytes, std::size_t received,
                           bool* known) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < received;) {
      CHECK(!messages_.empty());
      Message& message = messages_.front();
      if (!message.begun) {
        count += message.carried;
        *known = *known && message.known;
        message.begun = true;
      }
      const std::size_t part = std::min(received - at, message.bytes.size());
      CHECK(std::memcmp(bytes.data() + at, message.bytes.data(), part) == 0);
      message.bytes.erase(message.bytes.begin(),
                          message.bytes.begin() + static_cast<std::ptrdiff_t>(part));
      at += part;
      if (message.bytes.empty()) {
        messages_.pop_front();
      }
    }
    return count;
  }

  void CheckCarried(int carried, bool known) {
    CHECK(carried != sender_ && carried != receiver_ && carried != sent_);
    CHECK((fcntl(carried, F_GETFD) & FD_CLOEXEC) != 0);
    struct stat file{};
    CHECK(fstat(carried, &file) == 0);
    CHECK(!known || file.st_ino == inode_);
    // The one that it answered, and no other.
    CHECK(OpenDescriptors() == open_ + 1);
    close(carried);
  }

  Input* input_;
  std::size_t base_;
  std::size_t open_ = 0;
  int sender_ = -1;
  int receiver_ = -1;
  int sent_ = -1;
  ino_t inode_ = 0;
  bool asked_ = false;
  std::deque<Message> messages_;
};

void Run(const std::uint8_t* bytes, std::size_t length) {
  Input input(bytes, length);
  Connection(&input).Run();
}

const Target kTarget{"received_descriptor", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
