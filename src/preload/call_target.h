#pragma once

#include <cstdint>

#include "preload/code_symbols.h"

namespace memfd_secret::preload {

// Which function a call called, by the call itself. Neither the stack nor a table of functions
// tells that: what was called may have gone on by a jump, to a function that has no name.

// return_address: behind a call in the code. The function's first instruction, wherever it lies, as
// far as the call names it: 0 for a call by a pointer. Where the call goes through the table by
// which the loader links objects, what the table has.
[[nodiscard]] std::uintptr_t CallTarget(std::uintptr_t return_address,
                                        const LoadedObject& object) noexcept;

}  // namespace memfd_secret::preload
