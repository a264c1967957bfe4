#pragma once
// Variadic, which Swift cannot call.
#include <sys/prctl.h>

static inline int cprocess_set_dumpable(int isDumpable) {
    return prctl(PR_SET_DUMPABLE, (unsigned long)isDumpable, 0UL, 0UL, 0UL);
}
