#define _GNU_SOURCE
#include "list.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Like the API's own tokens, it has characters that have to be escaped in a URL.
#define TOKEN "{\"PK\":\"C#AC00000000000000000000000000000000\",\"SK\":\"A#%" PRId64 "\"}"
// In JSON, its quotes are escaped.
#define TOKEN_IN_JSON "\"{\\\"PK\\\":\\\"C#AC00000000000000000000000000000000\\\",\\\"SK\\\":\\\"A#%" PRId64 "\\\"}\""

static void percent_decode(char *text) {
    char *out = text, hex[3] = "";
    for (; *text; text++) {
        if (*text == '%' && text[1] && text[2]) {
            memcpy(hex, text + 1, 2);
            *out++ = strtol(hex, NULL, 16);
            text += 2;
        } else {
            *out++ = *text == '+' ? ' ' : *text;
        }
    }
    *out = 0;
}

/// Reads whole seconds of UTC.
static bool read_time(const char *text, int64_t *ms) {
    struct tm parts = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == NULL || *end) return false;
    *ms = timegm(&parts) * INT64_C(1000);
    return true;
}

static bool read_status(const char *text, enum status *status) {
    static const char *const others[] = {"SCHEDULED", "CANCELED"};
    if (strcmp(text, "PROCESSING") == 0) *status = PROCESSING;
    else if (strcmp(text, "COMPLETED") == 0) *status = COMPLETED;
    else if (strcmp(text, others[0]) == 0 || strcmp(text, others[1]) == 0) *status = OTHER_STATUS;
    else return false;
    return true;
}

static bool read_parameter(const char *name, const char *value, struct query *query) {
    if (strcmp(name, "startDate") == 0) return read_time(value, &query->after_ms);
    if (strcmp(name, "endDate") == 0) return read_time(value, &query->before_ms);
    if (strcmp(name, "status") == 0) return read_status(value, &query->status);
    if (strcmp(name, "pageToken") == 0) return sscanf(value, TOKEN, &query->below) == 1;
    if (strcmp(name, "pageSize") == 0) {
        query->size = atoi(value);
        return query->size >= 1 && query->size <= LARGEST_PAGE;
    }
    return true;
}

bool read_query(char *text, struct query *query) {
    *query = (struct query){.after_ms = 0, .before_ms = INT64_MAX, .size = 50, .below = INT64_MAX};
    for (char *item; (item = strsep(&text, "&"));) {
        char *value = strchr(item, '=');
        if (value == NULL) continue;
        *value++ = 0;
        percent_decode(value);
        if (!read_parameter(item, value, query)) return false;
    }
    return true;
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// The next number from `number` down to `lowest` that has the status; -1 if there is none.
static int64_t next_match(
    const struct population *p, const struct query *query, int64_t number, int64_t lowest, int64_t now) {
    for (; number >= lowest; number--)
        if (has_status(p, number, query->status, now)) return number;
    return -1;
}

static char *write_pagination(const struct query *query, int64_t next, char *out) {
    out = stpcpy(out, "],\"pagination\":{\"next\":");
    out += next < 0 ? sprintf(out, "null") : sprintf(out, TOKEN_IN_JSON, next + 1);
    return out + sprintf(out, ",\"self\":" TOKEN_IN_JSON "}}", query->below);
}

char *write_page(const struct population *p, const struct query *query, int64_t now, char *out, _Atomic int64_t *listed) {
    int64_t after = larger(query->after_ms, now - RETENTION_MS);
    // Whatever is PROCESSING was created in the last hour; only there is it looked for.
    if (query->status == PROCESSING) after = larger(after, now - PROCESSING_MS);
    int64_t lowest = query->status == OTHER_STATUS ? INT64_MAX : first_created_after(p, after);
    int64_t end = smaller(first_created_after(p, smaller(now, query->before_ms) - 1), query->below);
    int64_t number = next_match(p, query, end - 1, lowest, now);
    out = stpcpy(out, "{\"operations\":[");
    int written = 0;
    for (; number >= 0 && written < query->size; written++) {
        if (written > 0) *out++ = ',';
        out = write_operation(p, number, now, out);
        number = next_match(p, query, number - 1, lowest, now);
    }
    *listed += written;
    return write_pagination(query, number, out);
}
