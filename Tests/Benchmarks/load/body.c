#include "body.h"

#include <ctype.h>
#include <err.h>

struct body body_of(int64_t length) {
    return (struct body){.state = WHOLE, .left = length, .ended = length == 0};
}

struct body chunked_body(void) {
    return (struct body){.state = CHUNK_LENGTH};
}

/// Skips bytes of the content; returns how many.
static size_t skip(struct body *body, size_t count) {
    size_t taken = (int64_t)count < body->left ? (int64_t)count : body->left;
    body->left -= taken;
    body->size += taken;
    return taken;
}

static int hex_value(char digit) {
    return isdigit(digit) ? digit - '0' : (digit | 32) - 'a' + 10;
}

/// Takes a character of the line before a chunk, which is a length and maybe what nobody needs.
static void take_length(struct body *body, char character) {
    if (isxdigit(character)) body->left = body->left * 16 + hex_value(character);
    else if (character == '\n') body->state = body->left > 0 ? CHUNK : LAST_END;
    else if (character != '\r') errx(1, "not the length of a chunk");
}

/// Takes a character of what frames the chunks.
static void take_frame(struct body *body, char character) {
    switch (body->state) {
    case CHUNK_LENGTH: take_length(body, character); break;
    case CHUNK_END:
        if (character == '\n') body->state = CHUNK_LENGTH;
        break;
    case LAST_END: body->ended = character == '\n'; break;
    default: break;
    }
}

void take_body(struct body *body, const char *bytes, size_t count) {
    while (count > 0) {
        if (body->ended) errx(1, "an answer goes on after its end");
        size_t taken = 1;
        if (body->state == WHOLE || body->state == CHUNK) taken = skip(body, count);
        else take_frame(body, *bytes);
        bytes += taken;
        count -= taken;
        if (body->left > 0) continue;
        if (body->state == WHOLE) body->ended = true;
        if (body->state == CHUNK) body->state = CHUNK_END;
    }
}
