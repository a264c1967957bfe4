// The operations that the stand-in lists. None is kept in memory: what an operation is follows from its number and the time.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How long the API remembers an operation, and how long the slow ones are PROCESSING, in milliseconds.
enum { RETENTION_MS = 7 * 86400 * 1000, PROCESSING_MS = 3600 * 1000 };

enum status { ANY_STATUS, PROCESSING, COMPLETED, OTHER_STATUS };

struct population {
    /// Operations when the population starts, created evenly over the 7 days before, but for the oldest two hours: so none
    /// of them leaves retention while something is measured.
    int64_t count;
    /// When that is, in milliseconds since 1970. From the same start come the same operations.
    int64_t start_ms;
    /// How fast operations live and are created; 0 for a population that stays as it was at the start.
    double speed;
    /// Of a hundred operations, those that take an hour; the others are completed at once.
    unsigned slow_percent;
    /// With each turn one operation of so many is read by one recipient more; 0 for none.
    int64_t change_every;
    _Atomic int64_t turns;
};

/// Bytes that one operation takes at most.
enum { LARGEST_OPERATION = 512 };

/// When an operation was created, in milliseconds since 1970.
int64_t created_ms(const struct population *p, int64_t number);

/// The first operation that was created after a moment; there may be none yet of that number.
int64_t first_created_after(const struct population *p, int64_t ms);

/// Whether it has the status at `now`, the moment that the population has come to.
bool has_status(const struct population *p, int64_t number, enum status status, int64_t now);

/// Writes an operation as JSON, and returns the end of it.
char *write_operation(const struct population *p, int64_t number, int64_t now, char *out);

/// The number of the operation with that id; -1 if there is none at `now`.
int64_t number_of(const struct population *p, const char *id, int64_t now);
