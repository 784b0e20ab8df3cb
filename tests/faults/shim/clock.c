// A preloaded library that makes the clocks of a process run OPT_CLOCK_RATE times as fast, waits included, and moves
// its wall clock by the nanoseconds that the file OPT_CLOCK_WALL holds (eight bytes, which may change at any time).
// Rust waits by futex with absolute deadlines, which have to be translated back; the time-outs of sockets are the
// kernel's own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static int64_t rate = 1, coarse = 1;
static int64_t base_wall, base_monotonic, base_boot;
static const volatile int64_t *wall_step;

// The call that would have been made without this library.
#define REAL(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

static int64_t real_now(clockid_t clock) {
  static int (*real)(clockid_t, struct timespec *);
  struct timespec now = {0, 0};
  if (!real)
    real = REAL(int (*)(clockid_t, struct timespec *), "clock_gettime");
  real(clock, &now);
  return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("OPT_CLOCK_RATE"), *path = getenv("OPT_CLOCK_WALL");
  base_wall = real_now(CLOCK_REALTIME);
  base_monotonic = real_now(CLOCK_MONOTONIC);
  base_boot = real_now(CLOCK_BOOTTIME);
  rate = text && atoll(text) > 0 ? atoll(text) : 1;
  const char *steps = getenv("OPT_CLOCK_COARSE_NS");
  coarse = steps && atoll(steps) > 0 ? atoll(steps) : 1;
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0) {
    void *mapped = mmap(NULL, sizeof *wall_step, PROT_READ, MAP_SHARED, file, 0);
    wall_step = mapped == MAP_FAILED ? NULL : mapped;
    close(file);
  }
}

static struct timespec of_ns(int64_t ns) {
  struct timespec time = {.tv_sec = (time_t)(ns / SECOND), .tv_nsec = (long)(ns % SECOND)};
  if (time.tv_nsec < 0) {
    time.tv_sec--;
    time.tv_nsec += SECOND;
  }
  return time;
}

static int64_t to_ns(const struct timespec *time) { return (int64_t)time->tv_sec * SECOND + time->tv_nsec; }

static bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static bool is_faked(clockid_t clock) {
  return is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
         clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME;
}

static int64_t base_of(clockid_t clock) {
  return is_wall(clock) ? base_wall : clock == CLOCK_BOOTTIME ? base_boot : base_monotonic;
}

static int64_t step_of(clockid_t clock) { return is_wall(clock) && wall_step ? *wall_step : 0; }

// The deadline on the real clock of one on the faked clock.
static int64_t real_of(clockid_t clock, int64_t ns) {
  return base_of(clock) + (ns - step_of(clock) - base_of(clock)) / rate;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  int64_t ns = real_now(clock);
  if (is_faked(clock))
    ns = base_of(clock) + (ns - base_of(clock)) * rate + step_of(clock);
  *out = of_ns(is_wall(clock) ? ns - ns % coarse : ns);
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out)
    *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

int nanosleep(const struct timespec *asked, struct timespec *left) {
  struct timespec real = of_ns(to_ns(asked) / rate);
  int result = REAL(int (*)(const struct timespec *, struct timespec *), "nanosleep")(&real, left);
  if (result != 0 && left)
    *left = of_ns(to_ns(left) * rate);
  return result;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *asked, struct timespec *left) {
  int64_t ns = flags & TIMER_ABSTIME ? real_of(clock, to_ns(asked)) : to_ns(asked) / rate;
  struct timespec real = of_ns(ns);
  return REAL(int (*)(clockid_t, int, const struct timespec *, struct timespec *), "clock_nanosleep")(clock, flags,
                                                                                                      &real, left);
}

static long futex(const long *words) {
  static long (*real)(long, ...);
  if (!real)
    real = REAL(long (*)(long, ...), "syscall");
  struct timespec timeout;
  int operation = (int)words[1] & FUTEX_CMD_MASK;
  const struct timespec *asked = (const struct timespec *)words[3];
  if (asked && operation == FUTEX_WAIT_BITSET) {
    clockid_t clock = words[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    timeout = of_ns(real_of(clock, to_ns(asked)));
    asked = &timeout;
  } else if (asked && operation == FUTEX_WAIT) {
    timeout = of_ns(to_ns(asked) / rate);
    asked = &timeout;
  }
  return real(SYS_futex, words[0], words[1], words[2], asked, words[4], words[5]);
}

long syscall(long number, ...) {
  long words[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++)
    words[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex)
    return futex(words);
  return REAL(long (*)(long, ...), "syscall")(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

// A time-out in milliseconds, never shortened to none at all.
static int shorter(int timeout) { return timeout <= 0 ? timeout : (int)((timeout + rate - 1) / rate); }

int poll(struct pollfd *files, nfds_t count, int timeout) {
  return REAL(int (*)(struct pollfd *, nfds_t, int), "poll")(files, count, shorter(timeout));
}

int ppoll(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
  struct timespec real = timeout ? of_ns(to_ns(timeout) / rate) : (struct timespec){0, 0};
  return REAL(int (*)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *),
              "ppoll")(files, count, timeout ? &real : NULL, mask);
}

int epoll_wait(int poller, struct epoll_event *events, int count, int timeout) {
  return REAL(int (*)(int, struct epoll_event *, int, int), "epoll_wait")(poller, events, count, shorter(timeout));
}

int select(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict odd,
           struct timeval *restrict timeout) {
  struct timeval real = {0, 0};
  if (timeout) {
    int64_t us = ((int64_t)timeout->tv_sec * 1000000 + timeout->tv_usec) / rate;
    real = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
  }
  return REAL(int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *), "select")(count, in, out, odd,
                                                                                      timeout ? &real : NULL);
}

int setsockopt(int file, int level, int name, const void *value, socklen_t size) {
  struct timeval real;
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) && size == sizeof real) {
    const struct timeval *asked = value;
    int64_t us = (int64_t)asked->tv_sec * 1000000 + asked->tv_usec;
    // Nothing at all would mean for ever.
    us = us > 0 ? (us + rate - 1) / rate : us;
    real = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    value = &real;
  }
  return REAL(int (*)(int, int, int, const void *, socklen_t), "setsockopt")(file, level, name, value, size);
}
