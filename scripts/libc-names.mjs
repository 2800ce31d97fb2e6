// The C library's names that our binaries may use: each is in musl 1.2 and, as a symbol, in glibc 2.28, the oldest that
// Node.js 20 runs on. Not in both: fstat, stat and lstat (glibc 2.33), gettid and getdents64 (2.30), pkey_* (no musl), pidfd_* and
// close_range (2.34 and later), strerror_r (two kinds): make such a call by syscall(2).

const names = `
__errno_location __stack_chk_fail __stack_chk_guard
_exit abort getauxval getenv secure_getenv setenv unsetenv environ
calloc free malloc malloc_usable_size posix_memalign realloc
explicit_bzero memchr memcmp memcpy memmem memmove memset
strchr strcmp strcpy strcspn strlen strncmp strncpy strnlen strrchr strspn strstr strtol strtoul
close dup dup2 dup3 fcntl fstatfs ftruncate lseek open openat pipe2 poll ppoll pread pwrite read readlink
readlinkat readv statfs unlink write writev memfd_create fgetxattr getxattr
madvise mincore mlock mlock2 mmap mprotect mremap msync munlock munmap
epoll_create1 epoll_ctl epoll_wait eventfd
accept4 bind connect getpeername getsockname getsockopt listen recv recvmsg send sendmsg setsockopt shutdown socket
socketpair
getpgrp isatty tcflush tcgetattr tcgetpgrp tcsetattr
clock_gettime nanosleep sched_yield
execve fork vfork wait4 waitid waitpid kill raise getpid getppid geteuid getuid prctl getrlimit prlimit setrlimit
sigaction sigaddset sigaltstack sigemptyset sigfillset signal sigprocmask
pthread_create pthread_getspecific pthread_join pthread_key_create pthread_key_delete pthread_mutex_destroy
pthread_mutex_init pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_once pthread_self
pthread_setspecific pthread_sigmask
dl_iterate_phdr dlopen dlsym getrandom setvbuf syscall sysconf
`

export const libcNames = new Set(names.trim().split(/\s+/))

/** What one C library has and the other lacks, or what came late: the code asks whether they are there before it calls. */
export const weakLibcNames = new Set([...libcNames, '__register_atfork', 'pthread_atfork'])
