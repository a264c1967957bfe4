// What a request for the list asks for, and the page that answers it.
#pragma once
#include "population.h"

/// As https://docs.comms.twilio.com/comms-api-reference/messages/list-operations says.
struct query {
    int64_t after_ms, before_ms;
    enum status status;
    int size;
    /// The page has operations of smaller numbers, the newest first.
    int64_t below;
};

enum { LARGEST_PAGE = 1000 };

/// Reads the query of a URL, which it changes. Returns false for what the API refuses.
bool read_query(char *text, struct query *query);

/// Writes a page as JSON and returns the end of it; there must be space for the largest operation times the page size, and
/// 1024 bytes more. Adds the number of its operations to `listed`.
char *write_page(const struct population *p, const struct query *query, int64_t now, char *out, _Atomic int64_t *listed);
