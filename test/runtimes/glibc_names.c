/*
 * What Debian's libstdc++ and libgcc_s ask of glibc and musl lacks. Bun's build for musl needs a libstdc++.so.6, which Debian
 * has for glibc alone: with these few names it runs on musl too. Linked as ld-linux-x86-64.so.2, the one library that
 * libstdc++ needs and musl does not answer for itself.
 */
#include <stddef.h>

struct tm;
typedef struct locale *locale_t;
long getrandom(void *bytes, size_t length, unsigned flags);
size_t strftime_l(char *text, size_t length, const char *format, const struct tm *time, locale_t locale);

char __libc_single_threaded = 0;
int __cpu_model[4];

int __cpu_indicator_init(void) { return 0; }

/* The unwinder then asks dl_iterate_phdr, which musl has. */
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

/* Objects of a thread are not destroyed at its end: nothing here depends on it. */
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
  (void)destroy, (void)object, (void)library;
  return 0;
}

unsigned arc4random(void) {
  unsigned number = 0;
  getrandom(&number, sizeof number, 0);
  return number;
}

size_t __strftime_l(char *text, size_t length, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(text, length, format, time, locale);
}
