#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// Lets a parent wait until its child says so or is gone, whichever comes first, without knowing its
// process id.
class HandOver {
 public:
  // Before the fork.
  Status Open() noexcept;
  // In the parent: returns when the child has called Done, or has ended.
  void Wait() noexcept;
  // In the child.
  void Done() noexcept;

 private:
  int read_end_ = -1;
  int write_end_ = -1;
};

}  // namespace memfd_secret::sys
