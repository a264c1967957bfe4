// The end of an answer's body, found by its length or by its chunks.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body {
    bool ended;
    /// Bytes so far, without what frames them.
    int64_t size;
    /// To come of the body, or of the chunk.
    int64_t left;
    enum { WHOLE, CHUNK_LENGTH, CHUNK, CHUNK_END, LAST_END } state;
};

struct body body_of(int64_t length);
struct body chunked_body(void);

/// Takes in the next bytes; ends the program at bytes that do not belong there.
void take_body(struct body *body, const char *bytes, size_t count);
