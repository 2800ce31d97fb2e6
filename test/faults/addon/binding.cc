// The injector for a process of Node.js: preloaded (LD_PRELOAD), so that the package's addon calls
// its functions, and loaded once more by process.dlopen for these:
//   watch(name): whether a library whose path ends so is loaded; its calls are counted from then on
//   arm(nth, choice, persistent)
//   disarm(): {calls, hit, site, errno, choices}
//   recorded(count): the names of the sites of the calls made while armed
//   settle(): does what unmappings that were refused left undone; how many mappings were given back
//             unwiped since the last time
//   holds(bytes): whether pages of the addon's hold them
//   blocks(): of the heap, that the addon has not given back
#include <link.h>
#include <node_api.h>

#include <cstring>

#include "addon/heap_calls.h"
#include "injector/plan.h"
#include "injector/watched_memory.h"

namespace memfd_secret::faults {
namespace {

constexpr std::size_t kMostArguments = 3;

struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    std::size_t count = kMostArguments;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  napi_value values[kMostArguments] = {};
};

napi_value ToValue(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value ToValue(napi_env env, bool truth) {
  napi_value value = nullptr;
  napi_get_boolean(env, truth, &value);
  return value;
}

napi_value ToValue(napi_env env, const char* text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

unsigned ToNumber(napi_env env, napi_value value) {
  std::uint32_t number = 0;
  napi_get_value_uint32(env, value, &number);
  return number;
}

struct Wanted {
  const char* ending;
  bool found;
};

int WatchIfNamed(dl_phdr_info* info, std::size_t /*size*/, void* data) {
  auto* wanted = static_cast<Wanted*>(data);
  const std::size_t length = std::strlen(info->dlpi_name);
  const std::size_t ending = std::strlen(wanted->ending);
  if (length < ending || std::strcmp(info->dlpi_name + length - ending, wanted->ending) != 0) {
    return 0;
  }
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0) {
      const auto* begin = reinterpret_cast<const char*>(info->dlpi_addr + part.p_vaddr);
      WatchCode(begin, begin + part.p_memsz);
      wanted->found = true;
    }
  }
  return 1;
}

napi_value Watch(napi_env env, napi_callback_info info) {
  char name[256] = "";
  std::size_t length = 0;
  napi_get_value_string_utf8(env, Arguments(env, info).values[0], name, sizeof name, &length);
  Wanted wanted{name, false};
  dl_iterate_phdr(WatchIfNamed, &wanted);
  return ToValue(env, wanted.found);
}

napi_value ArmPlan(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Plan plan{ToNumber(env, arguments.values[0]), ToNumber(env, arguments.values[1]), false};
  napi_get_value_bool(env, arguments.values[2], &plan.persistent);
  Arm(plan);
  return nullptr;
}

napi_value DisarmPlan(napi_env env, napi_callback_info /*info*/) {
  const Report report = Disarm();
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "calls", ToValue(env, static_cast<double>(report.calls)));
  napi_set_named_property(env, result, "hit", ToValue(env, report.hit));
  napi_set_named_property(env, result, "site",
                          ToValue(env, report.hit ? FactsOf(report.site).name : ""));
  napi_set_named_property(env, result, "errno", ToValue(env, static_cast<double>(report.error)));
  const unsigned choices = report.hit ? CountErrors(report.site) : 0;
  napi_set_named_property(env, result, "choices", ToValue(env, static_cast<double>(choices)));
  return result;
}

napi_value Recorded(napi_env env, napi_callback_info info) {
  const unsigned count = ToNumber(env, Arguments(env, info).values[0]);
  napi_value names = nullptr;
  napi_create_array(env, &names);
  for (unsigned nth = 1; nth <= count && nth <= kMostRecorded; ++nth) {
    napi_set_element(env, names, nth - 1, ToValue(env, FactsOf(RecordedSite(nth)).name));
  }
  return names;
}

napi_value Settle(napi_env env, napi_callback_info /*info*/) {
  UnmapRefused();
  return ToValue(env, static_cast<double>(TakeUnwiped().count));
}

napi_value HoldsBytes(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  std::size_t length = 0;
  napi_get_buffer_info(env, Arguments(env, info).values[0], &data, &length);
  return ToValue(env, Holds(static_cast<unsigned char*>(data), length));
}

napi_value Blocks(napi_env env, napi_callback_info /*info*/) {
  return ToValue(env, static_cast<double>(WatchedBlocks()));
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace
}  // namespace memfd_secret::faults

NAPI_MODULE_INIT() {
  namespace faults = memfd_secret::faults;
  faults::Export(env, exports, "watch", faults::Watch);
  faults::Export(env, exports, "arm", faults::ArmPlan);
  faults::Export(env, exports, "disarm", faults::DisarmPlan);
  faults::Export(env, exports, "recorded", faults::Recorded);
  faults::Export(env, exports, "settle", faults::Settle);
  faults::Export(env, exports, "holds", faults::HoldsBytes);
  faults::Export(env, exports, "blocks", faults::Blocks);
  return exports;
}
