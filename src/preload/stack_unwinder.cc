#include "preload/stack_unwinder.h"

#include <dlfcn.h>
#include <unwind.h>

#include "preload/code_symbols.h"

// Weak, as in main.cc.
extern "C" {
__attribute__((weak)) void* dlopen(const char* file, int mode) noexcept;
__attribute__((weak)) void* dlsym(void* __restrict handle, const char* __restrict name) noexcept;
}

namespace memfd_secret::preload {
namespace {

using Backtrace = _Unwind_Reason_Code (*)(_Unwind_Trace_Fn, void*);
using GetIp = _Unwind_Ptr (*)(_Unwind_Context*);

// Written once, at the start.
constinit Backtrace backtrace = nullptr;
constinit GetIp get_ip = nullptr;

struct Visitor {
  VisitCaller visit;
  void* data;
};

_Unwind_Reason_Code Visit(_Unwind_Context* context, void* data) {
  const auto* visitor = static_cast<const Visitor*>(data);
  return visitor->visit(get_ip(context), visitor->data) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

}  // namespace

bool FindUnwinder() noexcept {
  if (dlopen == nullptr || dlsym == nullptr) {
    return false;
  }
  void* library = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return false;
  }
  backtrace = reinterpret_cast<Backtrace>(dlsym(library, "_Unwind_Backtrace"));
  get_ip = reinterpret_cast<GetIp>(dlsym(library, "_Unwind_GetIP"));
  LoadedObject object;
  CodeSymbols symbols;
  if (backtrace == nullptr || get_ip == nullptr ||
      !FindObject(reinterpret_cast<const void*>(backtrace), &object) || !symbols.Find(object) ||
      !symbols.Needs("_dl_find_object")) {
    return false;
  }
  // The first walk fills in tables once for all threads: not while another one forks.
  Unwind([](std::uintptr_t /*address*/, void* /*data*/) { return false; }, nullptr);
  return true;
}

void Unwind(VisitCaller visit, void* data) noexcept {
  Visitor visitor{visit, data};
  backtrace(Visit, &visitor);
}

}  // namespace memfd_secret::preload
