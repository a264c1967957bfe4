#include "population.h"

#include <string.h>
#include <time.h>

enum { ID_LENGTH = 42, TIME_DIGITS = 10, RANDOM_DIGITS = 8 };
static const char ID_PREFIX[] = "comms_operation_";
static const char DIGITS[] = "0123456789abcdefghjkmnpqrstvwxyz";

/// SplitMix64's output function: a number that looks random, for each operation the same one.
static uint64_t mixed(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static int64_t span_ms(void) { return RETENTION_MS - 2 * 3600 * 1000; }

int64_t created_ms(const struct population *p, int64_t number) {
    return p->start_ms - span_ms() + (int64_t)((__int128)number * span_ms() / p->count);
}

int64_t first_created_after(const struct population *p, int64_t ms) {
    int64_t since = ms - (p->start_ms - span_ms());
    if (since < 0) return 0;
    int64_t number = (int64_t)((__int128)since * p->count / span_ms());
    // Both divisions round down.
    while (number > 0 && created_ms(p, number - 1) > ms) number--;
    while (created_ms(p, number) <= ms) number++;
    return number;
}

static int64_t duration_ms(const struct population *p, uint64_t random) {
    return random % 100 < p->slow_percent ? PROCESSING_MS : 5000;
}

static bool is_processing(const struct population *p, int64_t number, int64_t now) {
    return now - created_ms(p, number) < duration_ms(p, mixed(number));
}

bool has_status(const struct population *p, int64_t number, enum status status, int64_t now) {
    switch (status) {
    case ANY_STATUS: return true;
    case PROCESSING: return is_processing(p, number, now);
    case COMPLETED: return !is_processing(p, number, now);
    default: return false;
    }
}

/// How often an operation has changed in the turns so far: those of one turn are spread evenly over all.
static int64_t changes(const struct population *p, int64_t number) {
    if (p->change_every == 0) return 0;
    return (p->turns + p->change_every - 1 - number % p->change_every) / p->change_every;
}

static char *write_text(char *out, const char *text, size_t length) {
    memcpy(out, text, length);
    return out + length;
}
#define WRITE(out, literal) write_text(out, literal, sizeof(literal) - 1)

static char *write_number(char *out, uint64_t value) {
    char digits[20];
    int first = sizeof digits;
    do digits[--first] = '0' + value % 10; while ((value /= 10) > 0);
    return write_text(out, digits + first, sizeof digits - first);
}

static char *write_two_digits(char *out, int value) {
    *out++ = '0' + value / 10;
    *out++ = '0' + value % 10;
    return out;
}

/// As `2024-04-20T14:00:00Z`. The day is kept, since operations of one page have few of them.
static char *write_time(char *out, int64_t ms) {
    static _Thread_local int64_t known = -1;
    static _Thread_local char day[12];
    int64_t second = ms / 1000;
    if (second / 86400 != known) {
        known = second / 86400;
        struct tm parts;
        gmtime_r(&(time_t){second}, &parts);
        strftime(day, sizeof day, "%Y-%m-%dT", &parts);
    }
    out = write_text(out, day, 11);
    out = write_two_digits(out, second / 3600 % 24);
    *out++ = ':';
    out = write_two_digits(out, second / 60 % 60);
    *out++ = ':';
    out = write_two_digits(out, second % 60);
    *out++ = 'Z';
    return out;
}

static char *write_base32(char *out, uint64_t value, int digits) {
    for (int place = digits - 1; place >= 0; place--) *out++ = DIGITS[value >> (place * 5) & 31];
    return out;
}

/// As a ULID: the time, then what looks random: https://github.com/ulid/spec
static char *write_id(const struct population *p, int64_t number, char *out) {
    uint64_t random = mixed(~number);
    out = WRITE(out, ID_PREFIX);
    out = write_base32(out, created_ms(p, number), TIME_DIGITS);
    out = write_base32(out, random, RANDOM_DIGITS);
    return write_base32(out, mixed(random), RANDOM_DIGITS);
}

/// Every message counts where it is now, as in most of the API's published examples.
static char *write_stats(const struct population *p, int64_t number, int64_t now, char *out) {
    uint64_t random = mixed(number), total = 1 + (random >> 8) % 1000;
    uint64_t age = now - created_ms(p, number), duration = duration_ms(p, random);
    uint64_t done = age >= duration ? total : total * age / duration;
    // Each of them only grows; of those without an answer yet, most get one.
    uint64_t failed = done / 50, undelivered = done / 20, reached = done * 9 / 10, read = reached / 4;
    uint64_t sent = done - failed - undelivered - reached, more = changes(p, number);
    read = read + more < reached ? read + more : reached;
    out = write_number(WRITE(out, "{\"total\":"), total);
    out = write_number(WRITE(out, ",\"recipients\":"), total);
    out = write_number(WRITE(out, ",\"attempts\":"), done);
    out = WRITE(out, ",\"scheduled\":0");
    out = write_number(WRITE(out, ",\"queued\":"), total - done);
    out = write_number(WRITE(out, ",\"sent\":"), sent);
    out = write_number(WRITE(out, ",\"delivered\":"), reached - read);
    out = write_number(WRITE(out, ",\"read\":"), read);
    out = write_number(WRITE(out, ",\"undelivered\":"), undelivered);
    out = WRITE(out, ",\"unaddressable\":0");
    out = write_number(WRITE(out, ",\"failed\":"), failed);
    return WRITE(out, ",\"canceled\":0}");
}

char *write_operation(const struct population *p, int64_t number, int64_t now, char *out) {
    int64_t created = created_ms(p, number), end = created + duration_ms(p, mixed(number));
    bool processing = now < end;
    out = WRITE(out, "{\"id\":\"");
    out = write_id(p, number, out);
    out = WRITE(out, "\",\"status\":\"");
    out = processing ? WRITE(out, "PROCESSING") : WRITE(out, "COMPLETED");
    out = WRITE(out, "\",\"stats\":");
    out = write_stats(p, number, now, out);
    out = WRITE(out, ",\"createdAt\":\"");
    out = write_time(out, created);
    out = WRITE(out, "\",\"updatedAt\":\"");
    out = write_time(out, processing ? now : end + changes(p, number) * 1000);
    return WRITE(out, "\"}");
}

int64_t number_of(const struct population *p, const char *id, int64_t now) {
    if (strlen(id) != ID_LENGTH) return -1;
    int64_t ms = 0;
    for (int place = 0; place < TIME_DIGITS; place++) {
        const char *digit = strchr(DIGITS, id[sizeof ID_PREFIX - 1 + place]);
        if (digit == NULL) return -1;
        ms = ms << 5 | (digit - DIGITS);
    }
    if (ms > now) return -1;
    int64_t number = first_created_after(p, ms - 1);
    char known[ID_LENGTH];
    write_id(p, number, known);
    return memcmp(known, id, ID_LENGTH) == 0 ? number : -1;
}
