#include "napi/process.h"

#include <atomic>

#include "napi/environment.h"
#include "napi/values.h"
#include "sys/secretmem_trial.h"

namespace memfd_secret::napi {
namespace {

// What all environments of the process agree on. lib reads the floor for each secret, and writes it
// only to raise it: threads share the cache line, and none takes it from another.
constexpr int kUnset = -1;
constinit std::atomic<int> chosen_backing{kUnset};
constinit std::atomic<int> policy_floor{0};
constinit std::atomic<bool> policy_sealed{false};

// tryMemfdSecret(inChild): 0, a failure, or the number of the signal that a filter kills with.
napi_value TryMemfdSecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const sys::Trial trial = sys::TrySecretmem(ToBool(env, arguments[0]));
  return trial.killed_by != 0 ? Number(env, static_cast<double>(trial.killed_by))
                              : Number(env, trial.status);
}

// chosenBacking(): the process's, or -1.
napi_value ChosenBacking(napi_env env, napi_callback_info /*info*/) noexcept {
  return Number(env, static_cast<double>(chosen_backing.load()));
}

// chooseBacking(backing): the first choice stands; answers it.
napi_value ChooseBacking(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  int unset = kUnset;
  const int wanted = static_cast<int>(ToDouble(env, arguments[0]));
  return Number(env, static_cast<double>(
                         chosen_backing.compare_exchange_strong(unset, wanted) ? wanted : unset));
}

// raiseFloor(backing, sealed): the weakest backing that any environment accepts, and whether
// secrets are sealed unless said otherwise; only ever raised. Answers backing + 4 * sealed.
napi_value RaiseFloor(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const int wanted = static_cast<int>(ToDouble(env, arguments[0]));
  int floor = policy_floor.load();
  while (floor < wanted && !policy_floor.compare_exchange_weak(floor, wanted)) {
  }
  if (ToBool(env, arguments[1])) {
    policy_sealed.store(true);
  }
  const int raised = floor < wanted ? wanted : floor;
  return Number(env, static_cast<double>(raised + (policy_sealed.load() ? 4 : 0)));
}

// callName(number): the system call of a failure.
napi_value CallName(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const std::size_t number = ToSize(env, arguments[0]);
  const char* name =
      number < static_cast<std::size_t>(sys::Call::kCount) ? sys::kCallNames[number] : "";
  napi_value result = nullptr;
  return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &result) == napi_ok ? result
                                                                                  : nullptr;
}

// reserve(backing, byteLength, sealed): of this environment; Environment::Reserve.
napi_value Reserve(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[0]));
  return Number(env, arguments.environment->Reserve(backing, ToSize(env, arguments[1]),
                                                    ToBool(env, arguments[2])));
}

// readStats(target): a Float64Array of kStatCount numbers, in the order of lib/stats.ts.
napi_value ReadStats(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Environment& environment = *arguments.environment;
  const arena::ArenaStats stats = arguments.environment->arena_stats();
  const std::size_t numbers[] = {environment.secrets,
                                 environment.bytes,
                                 stats.mapped,
                                 stats.mapped - stats.live - stats.quarantined,
                                 stats.reserved,
                                 stats.quarantined,
                                 environment.pending_disposals,
                                 environment.collected_undisposed};
  constexpr std::size_t kStatCount = sizeof(numbers) / sizeof(numbers[0]);
  napi_typedarray_type type{};
  void* data = nullptr;
  std::size_t length = 0;
  if (napi_get_typedarray_info(env, arguments[0], &type, &length, &data, nullptr, nullptr) ==
          napi_ok &&
      type == napi_float64_array && length == kStatCount) {
    for (std::size_t i = 0; i < kStatCount; ++i) {
      static_cast<double*>(data)[i] = static_cast<double>(numbers[i]);
    }
  }
  return nullptr;
}

}  // namespace

bool RegisterProcess(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"tryMemfdSecret", TryMemfdSecret},
                                            {"chosenBacking", ChosenBacking},
                                            {"chooseBacking", ChooseBacking},
                                            {"raiseFloor", RaiseFloor},
                                            {"reserve", Reserve},
                                            {"readStats", ReadStats},
                                            {"callName", CallName}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
