#pragma once
// Not in Swift's Glibc module.
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>

// Takes variable arguments, which Swift cannot call, and is declared to GNU programs only.
extern void *_Nullable mremap(void *_Nullable, size_t, size_t, int, ...);

/// Memory of whole pages, for `munmap`, or NULL.
static inline void *_Nullable cmalloc_map(size_t size) {
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/// The same pages and more of them, wherever they are then, or NULL.
static inline void *_Nullable cmalloc_remap(void *_Nonnull pages, size_t size, size_t larger) {
    void *moved = mremap(pages, size, larger, 1 /* MREMAP_MAYMOVE */);
    return moved == MAP_FAILED ? NULL : moved;
}
