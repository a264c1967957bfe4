#pragma once
/// What a piece of work asked the allocator for.
struct cmeasurement {
    /// Calls of malloc and its like.
    long allocations;
    /// Bytes that these asked for; of a realloc all of the new size.
    long bytes;
};

/// Does the work and counts what it allocates on any thread. The one function that `Tests/Benchmarks/count` has callgrind
/// look into, by its name.
struct cmeasurement cmeasurement_of(
    void (*_Nonnull work)(void *_Nullable context), void *_Nullable context);
