#pragma once

#include <zlib.h>

/// deflateInit2 is a macro, which Swift does not see. Raw deflate, without a header of zlib's or gzip's.
static inline int czlib_begin_raw_deflate(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
