// Counts allocations by taking the place of the C library's allocator, in a program that links this, for all its libraries:
// https://www.gnu.org/software/libc/manual/html_node/Replacing-malloc.html. What is asked for comes from the C library.
// And takes chance and time out of that program.
//
// A sanitizer takes some of these places itself: with one, nothing is counted.
#include "CMeasurement.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

static atomic_long allocations, bytes;

struct cmeasurement cmeasurement_of(void (*work)(void *), void *context) {
    struct cmeasurement before = {allocations, bytes};
    work(context);
    return (struct cmeasurement){allocations - before.allocations, bytes - before.bytes};
}

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// In place of Swift's source of chance, so that keyed hashes, and how often they collide, are the same in every run.
void swift_stdlib_random(void *buffer, size_t size);
void swift_stdlib_random(void *buffer, size_t size) {
    static uint64_t state = 1;
    for (size_t index = 0; index < size; index++) {
        // https://en.wikipedia.org/wiki/Linear_congruential_generator, with Knuth's constants.
        state = state * 6364136223846793005 + 1442695040888963407;
        ((unsigned char *)buffer)[index] = (unsigned char)(state >> 56);
    }
}

// Time stands still: what is done once in a second is done once, however long callgrind takes.
int clock_gettime(clockid_t clock, struct timespec *time) {
    (void)clock;
    *time = (struct timespec){.tv_sec = 1780272000};
    return 0;
}

// The C library's own, under the names it exports for this.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static void count(size_t size) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes, (long)size, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    *result = memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}

#endif
