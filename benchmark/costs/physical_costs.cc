// What the machine, the kernel, V8 and Node-API ask for each step of a secret's life, without this
// package: the costs that no design can go below. Loops run in here, so that only what is named is
// measured; but for the empty crossing, and for the ArrayBuffer, which must come back to JavaScript
// for V8 to run its finalizers.
//   cross()                      an empty call from JavaScript
//   externalArrayBuffer(both)    made over memory that exists, with a finalizer, or with one of its
//   object too, and detached
//   getrandom(rounds), getrandomLong(rounds), protect(rounds), protectionKey(rounds),
//   secretPage(rounds), secretPages(rounds): answer whether it is to be had
//   placeInPage(bytes)           of a Uint8Array: its address modulo the size of a page
#include <node_api.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::size_t kPage = 4096;
constexpr long kMemfdSecret = 447;  // on every architecture; older headers have no name for it

alignas(kPage) unsigned char page[kPage];

std::uint32_t NumberOf(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  std::uint32_t number = 0;
  napi_get_value_uint32(env, argument, &number);
  return number;
}

napi_value ToBoolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

void Touch(void* memory) { *static_cast<volatile unsigned char*>(memory) = 1; }

template <std::size_t Bytes>
bool GetRandom() {
  static unsigned char bytes[Bytes];
  return syscall(SYS_getrandom, bytes, sizeof bytes, 0) == sizeof bytes;
}

bool Protect() {
  if (mprotect(page, kPage, PROT_READ | PROT_WRITE) != 0) {
    return false;
  }
  Touch(page);
  return mprotect(page, kPage, PROT_NONE) == 0;
}

template <std::size_t Pages>
bool SecretPages() {
  constexpr std::size_t kLength = Pages * kPage;
  const int descriptor = static_cast<int>(syscall(kMemfdSecret, 0));
  if (descriptor < 0) {
    return false;
  }
  bool done = ftruncate(descriptor, kLength) == 0;
  void* memory = MAP_FAILED;
  if (done) {
    memory = mmap(nullptr, kLength, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    done = memory != MAP_FAILED;
  }
  close(descriptor);
  if (!done) {
    return false;
  }
  for (std::size_t at = 0; at < kLength; at += kPage) {
    Touch(static_cast<unsigned char*>(memory) + at);
  }
  return munmap(memory, kLength) == 0;
}

#if defined(__x86_64__)
void WriteKeyRegister(std::uint32_t value) {
  asm volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}

std::uint32_t ReadKeyRegister() {
  std::uint32_t value = 0;
  std::uint32_t unused = 0;
  asm volatile("rdpkru" : "=a"(value), "=d"(unused) : "c"(0));
  return value;
}

bool OpenByKey(int key) {
  const std::uint32_t closed = ReadKeyRegister();
  WriteKeyRegister(closed & ~(std::uint32_t{3} << (2 * key)));
  Touch(page);
  WriteKeyRegister(closed);
  return true;
}

/** The page is closed by a key of its own while it is measured. */
bool MeasureKey(std::uint32_t rounds) {
  const int key = static_cast<int>(syscall(SYS_pkey_alloc, 0, 3));
  if (key < 0) {
    return false;
  }
  const bool closed = syscall(SYS_pkey_mprotect, page, kPage, PROT_READ | PROT_WRITE, key) == 0;
  for (std::uint32_t i = 0; closed && i < rounds; ++i) {
    OpenByKey(key);
  }
  syscall(SYS_pkey_mprotect, page, kPage, PROT_READ | PROT_WRITE, 0);
  syscall(SYS_pkey_free, key);
  return closed;
}
#else
bool MeasureKey(std::uint32_t /*rounds*/) { return false; }
#endif

template <bool Step()>
napi_value Repeat(napi_env env, napi_callback_info info) {
  const std::uint32_t rounds = NumberOf(env, info);
  bool done = true;
  for (std::uint32_t i = 0; done && i < rounds; ++i) {
    done = Step();
  }
  return ToBoolean(env, done);
}

napi_value ProtectRepeatedly(napi_env env, napi_callback_info info) {
  napi_value result = Repeat<Protect>(env, info);
  mprotect(page, kPage, PROT_READ | PROT_WRITE);
  return result;
}

napi_value ProtectionKey(napi_env env, napi_callback_info info) {
  return ToBoolean(env, MeasureKey(NumberOf(env, info)));
}

napi_value PlaceInPage(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value bytes = nullptr;
  napi_get_cb_info(env, info, &count, &bytes, nullptr, nullptr);
  void* data = nullptr;
  napi_value result = nullptr;
  napi_get_typedarray_info(env, bytes, nullptr, nullptr, &data, nullptr, nullptr);
  napi_create_uint32(
      env, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(data) % kPage), &result);
  return result;
}

napi_value Cross(napi_env /*env*/, napi_callback_info /*info*/) { return nullptr; }

void Finalize(napi_env /*env*/, void* /*data*/, void* /*hint*/) {}

napi_value ExternalArrayBuffer(napi_env env, napi_callback_info info) {
  const bool both = NumberOf(env, info) != 0;
  napi_value memory = nullptr;
  const bool made =
      napi_create_external_arraybuffer(env, page, 32, Finalize, nullptr, &memory) == napi_ok &&
      (!both || napi_add_finalizer(env, memory, nullptr, Finalize, nullptr, nullptr) == napi_ok);
  return ToBoolean(env, made && napi_detach_arraybuffer(env, memory) == napi_ok);
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  Export(env, exports, "cross", Cross);
  Export(env, exports, "externalArrayBuffer", ExternalArrayBuffer);
  Export(env, exports, "getrandom", Repeat<GetRandom<32>>);
  Export(env, exports, "getrandomLong", Repeat<GetRandom<16 * kPage>>);
  Export(env, exports, "protect", ProtectRepeatedly);
  Export(env, exports, "protectionKey", ProtectionKey);
  Export(env, exports, "secretPage", Repeat<SecretPages<1>>);
  Export(env, exports, "secretPages", Repeat<SecretPages<16>>);
  Export(env, exports, "placeInPage", PlaceInPage);
  return exports;
}
