// Lets a program live in another time: put before libc by LD_PRELOAD, it answers for the clocks.
//
// The file that TIMEWARP names is mapped and holds, as 64-bit words of this machine: how many times faster than real all
// clocks run; then for the wall clock, the monotonic clock (which stands still in a suspended machine) and the boot clock
// (which does not) the nanosecond from which on they do; then the nanoseconds by which each is ahead at present, which may
// change at any time. Without such a file all clocks are the real ones.
//
// Timers that libdispatch sets (timerfd, absolute times) are translated back, and so are the timeouts of poll. Those of
// its like are left alone: who waits in one looks at the clock again.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { WALL, MONOTONIC, BOOT, CLOCKS };

struct warp {
    int64_t rate;
    int64_t origin[CLOCKS];
    _Atomic int64_t ahead[CLOCKS];
};

static const int64_t second = 1000000000;
static struct warp *warp;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static int (*real_timerfd_create)(int, int);
static int (*real_timerfd_settime)(int, int, const struct itimerspec *, struct itimerspec *);
/// Which clock a timer of this descriptor follows; -1 for a clock that is left alone.
static signed char timer_clocks[65536];

__attribute__((constructor)) static void begin(void) {
    real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    real_poll = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
    real_timerfd_create = (int (*)(int, int))dlsym(RTLD_NEXT, "timerfd_create");
    real_timerfd_settime = (int (*)(int, int, const struct itimerspec *, struct itimerspec *))dlsym(
        RTLD_NEXT, "timerfd_settime");
    const char *path = getenv("TIMEWARP");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof(struct warp), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) warp = map;
}

static int warped_clock(clockid_t clock) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE: return WALL;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE: return MONOTONIC;
    case CLOCK_BOOTTIME: return BOOT;
    default: return -1;
    }
}

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * second + time.tv_nsec; }

static struct timespec timespec_of(int64_t nanoseconds) {
    if (nanoseconds < 0) nanoseconds = 0;
    return (struct timespec){.tv_sec = nanoseconds / second, .tv_nsec = nanoseconds % second};
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    // Libraries that are set up before this one ask for the time too.
    if (!real_clock_gettime) begin();
    int result = real_clock_gettime(clock, time);
    int index = warped_clock(clock);
    if (result != 0 || !warp || index < 0) return result;
    int64_t origin = warp->origin[index];
    *time = timespec_of(origin + (nanoseconds(*time) - origin) * warp->rate + warp->ahead[index]);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int timerfd_create(int clock, int flags) {
    int descriptor = real_timerfd_create(clock, flags);
    if (descriptor >= 0 && descriptor < (int)sizeof timer_clocks) timer_clocks[descriptor] = warped_clock(clock);
    return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *new, struct itimerspec *old) {
    int index = descriptor >= 0 && descriptor < (int)sizeof timer_clocks ? timer_clocks[descriptor] : -1;
    int64_t value = nanoseconds(new->it_value);
    if (!warp || index < 0 || value == 0) return real_timerfd_settime(descriptor, flags, new, old);
    int64_t origin = warp->origin[index];
    int64_t real = flags & TFD_TIMER_ABSTIME ? origin + (value - warp->ahead[index] - origin) / warp->rate
                                             : value / warp->rate;
    struct itimerspec translated = {
        .it_interval = timespec_of(nanoseconds(new->it_interval) / warp->rate),
        // Zero would disarm the timer.
        .it_value = timespec_of(real > 0 ? real : 1),
    };
    return real_timerfd_settime(descriptor, flags, &translated, old);
}

// Programs wait in poll for what a clock will say, such as libcurl for the end of its time limits.

static int real_wait(int milliseconds) {
    if (!warp || milliseconds <= 0) return milliseconds;
    int real = (int)(milliseconds / warp->rate);
    return real > 0 ? real : 1;
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    if (!real_poll) begin();
    return real_poll(descriptors, count, real_wait(timeout));
}

/// What poll is called where it has been compiled with checks of its buffer's size.
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t size) {
    (void)size;
    return poll(descriptors, count, timeout);
}
