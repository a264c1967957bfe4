#pragma once

// Compiled into who uses it: the texts are short, and there is nothing to link.
#define XXH_INLINE_ALL
#include <xxhash.h>

/// How many bytes of randomness key the hash: https://github.com/Cyan4973/xxHash/blob/v0.8.1/xxhash.h (XXH3_SECRET_SIZE_MIN
/// is less, and the default secret as long).
#define CXXHASH_KEY_SIZE 192

/// 64 bits of XXH3 of the bytes. The key is of CXXHASH_KEY_SIZE bytes.
static inline uint64_t cxxhash_of(const void *_Nullable bytes, size_t length, const void *_Nonnull key) {
    return XXH3_64bits_withSecret(bytes, length, key, CXXHASH_KEY_SIZE);
}
