// Descriptors: made, looked at, handed over, read and written, with each system call refused.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "every_fault.h"
#include "harness.h"
#include "sys/descriptor_io.h"
#include "sys/hand_over.h"
#include "sys/secret_descriptor.h"
#include "sys/unix_socket.h"

namespace memfd_secret::faults {
namespace {

using sys::Status;
using test::Test;

void Close(int descriptor) {
  if (descriptor >= 0) {
    close(descriptor);
  }
}

// Of calls that a scenario makes one after the other: the first failure.
class Steps {
 public:
  bool Do(const Status& status) {
    if (status_.ok()) {
      status_ = status;
    }
    return status_.ok();
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  Status status_;
};

class MakesDescriptor : public Scenario {
 public:
  Status Act() override { return sys::OpenSecretDescriptor(kMarkerSize, &made_); }
  void ExpectUntouched(const Report& /*report*/) override { EXPECT_EQUAL(made_, -1); }
  void Finish(bool /*worked*/) override { Close(made_); }

 private:
  int made_ = -1;
};

class LooksAtDescriptor : public Scenario {
 public:
  void Prepare() override { EXPECT_OK(sys::OpenSecretDescriptor(kMarkerSize, &descriptor_)); }
  Status Act() override { return sys::IsSecretDescriptor(descriptor_, &secret_, &length_); }
  void ExpectWorks() override {
    EXPECT(secret_);
    EXPECT_EQUAL(length_, kMarkerSize);
  }
  void ExpectUntouched(const Report& /*report*/) override { EXPECT(!secret_); }
  void Finish(bool /*worked*/) override { Close(descriptor_); }

 private:
  int descriptor_ = -1;
  bool secret_ = false;
  std::size_t length_ = 0;
};

// From the socket's file to the descriptor's arrival, both ends in one process.
class HandsOver : public Scenario {
 public:
  void Prepare() override {
    std::snprintf(path_, sizeof path_, "/tmp/memfd-secret-faults-%d", getpid());
    unlink(path_);
    EXPECT_OK(sys::OpenSecretDescriptor(kMarkerSize, &secret_));
  }

  Status Act() override {
    constexpr unsigned char kMessage[] = "goes with it";
    unsigned char received[sizeof(kMessage)] = {};
    int listening = -1;
    int client = -1;
    int server = -1;
    uid_t user = 0;
    std::size_t count = 0;
    Steps steps;
    static_cast<void>(
        steps.Do(sys::BindUnixSocket(path_, &listening)) &&
        steps.Do(sys::ListenUnixSocket(listening)) &&
        steps.Do(sys::ConnectUnixSocket(path_, &client)) &&
        steps.Do(sys::AcceptUnixSocket(listening, &server)) &&
        steps.Do(sys::PeerUser(server, &user)) &&
        steps.Do(sys::SendDescriptor(client, kMessage, sizeof(kMessage), secret_, &count)) &&
        steps.Do(sys::ReceiveDescriptor(server, received, sizeof(received), &count, &arrived_)));
    worked_ = count == sizeof(kMessage) && std::memcmp(kMessage, received, count) == 0 &&
              user == geteuid();
    Close(listening);
    Close(client);
    Close(server);
    return steps.status();
  }

  void ExpectWorks() override {
    EXPECT(worked_);
    bool secret = false;
    std::size_t length = 0;
    EXPECT_OK(sys::IsSecretDescriptor(arrived_, &secret, &length));
    EXPECT(secret);
    EXPECT_EQUAL(length, kMarkerSize);
    EXPECT((fcntl(arrived_, F_GETFD) & FD_CLOEXEC) != 0);
  }
  void ExpectUntouched(const Report& /*report*/) override { EXPECT_EQUAL(arrived_, -1); }
  void Finish(bool /*worked*/) override {
    Close(arrived_);
    Close(secret_);
    unlink(path_);
  }
  [[nodiscard]] bool Tolerates(Site site, int /*error*/) const override {
    return site == Site::kClose;
  }
  [[nodiscard]] bool IsExpected(const Status& status, const Report& report) const override {
    // To ask again: a signal, or a peer that gave up.
    return report.site == Site::kAccept && IsRepeated(report.site, report.error) &&
           status.call == sys::Call::kAccept && status.error == EAGAIN;
  }

 private:
  char path_[64] = {};
  int secret_ = -1;
  int arrived_ = -1;
  bool worked_ = false;
};

class Writes : public Scenario {
 public:
  void Prepare() override { EXPECT_EQUAL(pipe2(ends_, O_CLOEXEC | O_NONBLOCK), 0); }
  Status Act() override {
    Steps steps;
    static_cast<void>(steps.Do(sys::WriteAll(ends_[1], reinterpret_cast<const std::byte*>(kMarker),
                                             kMarkerSize)) &&
                      steps.Do(sys::IsReadable(ends_[0], &ready_)));
    return steps.status();
  }
  void ExpectWorks() override {
    unsigned char got[kMarkerSize + 1];
    EXPECT_EQUAL(read(ends_[0], got, sizeof got), kMarkerSize);
    EXPECT_EQUAL(std::memcmp(got, kMarker, kMarkerSize), 0);
  }
  void Finish(bool /*worked*/) override {
    Close(ends_[0]);
    Close(ends_[1]);
  }

 private:
  int ends_[2] = {-1, -1};
  bool ready_ = false;
};

// The preload library's: a parent that waits for its child.
class Waits : public Scenario {
 public:
  Status Act() override {
    sys::HandOver hand_over;
    if (const Status status = hand_over.Open(); !status.ok()) {
      return status;
    }
    hand_over.Done();
    return sys::kOk;
  }
  [[nodiscard]] bool Tolerates(Site site, int /*error*/) const override {
    // A parent that is gone, or a pipe's end that is closed all the same.
    return site == Site::kClose || site == Site::kWrite;
  }
};

template <typename Kind>
void Check(const char* name) {
  FailEachCall(name, [] { return std::make_unique<Kind>(); });
}

const Test kMake{"a secret descriptor: each call refused", kMapsSecret, [] {
                   Check<MakesDescriptor>("making a descriptor");
                   Check<LooksAtDescriptor>("looking at a descriptor");
                 }};
const Test kHandOver{"a handover by a socket: each call refused", kMapsSecret,
                     [] { Check<HandsOver>("a handover"); }};
const Test kWrite{"a pipe: each call refused", kOrdinary, [] {
                    Check<Writes>("writing to a pipe");
                    Check<Waits>("waiting for a child");
                  }};

}  // namespace
}  // namespace memfd_secret::faults
