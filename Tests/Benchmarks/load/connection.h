// One keep-alive connection of the load generator: a request at a time, and an answer that is read and checked.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body.h"

struct connection {
    int socket;
    /// Of the request in flight: when it was sent, or should have been. Nanoseconds of CLOCK_MONOTONIC.
    int64_t begun;
    bool busy;
    /// When the next request is due, where requests are paced.
    int64_t due;
    /// Of the answer: its headers as far as they have come, and its body.
    char head[4096];
    size_t received;
    bool in_body;
    struct body body;
};

/// What all answers have in common.
struct tally {
    uint64_t answers, bytes;
    /// Of the last body.
    uint64_t size;
};

/// Nanoseconds of CLOCK_MONOTONIC.
int64_t now_ns(void);

/// Connects to 127.0.0.1; ends the program where that fails.
void open_connection(struct connection *connection, uint16_t port);

/// Sends a request that was due at `begun`.
void send_request(struct connection *connection, const char *request, size_t length, int64_t begun);

/// Reads what there is. Returns true at the end of an answer; ends the program at one that is not right.
bool read_answer(struct connection *connection, struct tally *tally);
