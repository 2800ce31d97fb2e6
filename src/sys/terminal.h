#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// A terminal that shows nothing of what is typed, until it is restored. One at a time in a process:
// the state is global, since a signal handler has to reach it.

// Whether descriptor is a terminal.
[[nodiscard]] bool IsTerminal(int descriptor) noexcept;

// Turns the echo off (but for the newline), discards what was typed before, and sees to it that a
// signal that ends or stops the process restores the terminal first. EBUSY where one is silent.
Status SilenceTerminal(int descriptor) noexcept;

// Turns the echo off again where a signal that the process survived, or a shell that continued it,
// has turned it on. To be called now and then while waiting.
void KeepTerminalSilent() noexcept;

// Puts everything back. discard_input: what was typed and not read, half a secret perhaps, must not
// reach whoever reads the terminal next. Does nothing where no terminal is silent.
void RestoreTerminal(bool discard_input) noexcept;

}  // namespace memfd_secret::sys
