#pragma once
// Swift's Glibc has no eventfd.
#include <sys/eventfd.h>
#include <sys/prctl.h>

// Variadic, which Swift cannot call.
static inline int cprocess_set_dumpable(int isDumpable) {
    return prctl(PR_SET_DUMPABLE, (unsigned long)isDumpable, 0UL, 0UL, 0UL);
}
