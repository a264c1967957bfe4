#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What of a list of operations is where in a JSON document, found by simdjson's on-demand parser.
///
/// This side knows the shape of the documents and nothing of what values mean. Every byte is checked to be JSON, also
/// of members nobody asked for, except the escapes inside text that nobody reads, and operations that a judge knows. Unknown members are ignored at every
/// level; of a member that comes twice the last one counts, as with most readers. Not safe for concurrent use.
/// Source: https://github.com/simdjson/simdjson/blob/v3.0.1/doc/basics.md

#ifdef __cplusplus
extern "C" {
#define CSIMDJSON_NOEXCEPT noexcept
#else
#define CSIMDJSON_NOEXCEPT
#endif

/// How many stats an operation has.
#define CSIMDJSON_STATS 12
/// Bytes that must be readable after a document; simdjson reads whole vectors.
#define CSIMDJSON_PADDING 64
/// Values nested deeper than this are an error.
#define CSIMDJSON_DEPTH 64
/// A page of more elements than this is an error: it bounds the memory a hostile body can cost. Ten times the largest
/// page that can be asked for.
#define CSIMDJSON_OPERATIONS 10000

/// What stood where a member was expected.
typedef enum __attribute__((enum_extensibility(closed))) csimdjson_kind : uint8_t {
    csimdjson_missing __attribute__((swift_name("missing"))) = 0,
    csimdjson_null __attribute__((swift_name("null"))),
    /// Neither null nor what was expected.
    csimdjson_wrong __attribute__((swift_name("wrong"))),
    csimdjson_present __attribute__((swift_name("present"))),
} csimdjson_kind;

/// A text member, unescaped, in UTF-8, without a terminator; it lives until the decoder's next call.
typedef struct csimdjson_text {
    const char *_Nullable bytes;
    size_t length;
    csimdjson_kind kind;
} csimdjson_text;

/// One element of `operations`.
typedef struct csimdjson_operation {
    csimdjson_text id, status, created_at, updated_at;
    /// 0 where nothing is reported.
    int64_t stats[CSIMDJSON_STATS];
    /// Bit n is set where stat n is an integer from 0 to 2^53, the range all JSON readers agree on (RFC 8259, 6).
    uint16_t reported;
    /// Bit n is set where stat n is there and is anything else.
    uint16_t invalid;
    csimdjson_kind stats_kind;
    /// Where false, nothing else is set.
    bool is_object;
    /// Was known to `csimdjson_judge`: of the rest only `is_object`, `text` and `mark` are set.
    bool is_known;
    /// All of it as it stands in the document, where there was a judge; not unescaped.
    csimdjson_text text;
    /// Whatever the judge put there.
    uint64_t mark;
} csimdjson_operation;

/// Asked for each object among the operations, in their order, with its `text`, before it is parsed: nothing is read of one
/// for which it returns true. That the text is JSON is then for the judge to know.
typedef bool (*csimdjson_judge)(void *_Nonnull context, csimdjson_operation *_Nonnull operation);

/// A page; what it points to lives until the decoder's next call.
typedef struct csimdjson_page {
    const csimdjson_operation *_Nullable operations;
    size_t count;
    csimdjson_kind pagination_kind;
    /// `pagination.next` and `pagination.self`.
    csimdjson_text next;
    csimdjson_text own;
} csimdjson_page;

/// The first error a failed request's body tells of.
typedef struct csimdjson_problem {
    /// -1 where none is told.
    int64_t code;
    csimdjson_text message;
} csimdjson_problem;

typedef struct csimdjson_decoder csimdjson_decoder;

/// Returns NULL without memory. To be destroyed by its one owner.
csimdjson_decoder *_Nullable csimdjson_create(void) CSIMDJSON_NOEXCEPT;
void csimdjson_destroy(csimdjson_decoder *_Nonnull decoder) CSIMDJSON_NOEXCEPT;

/// Decodes `{"operations": […], "pagination": {"next": …}}`, where an empty list may be null, or missing beside
/// `pagination`; `stat_names` are the members of `stats`, in UTF-8, or
/// NULL for those that are not read. `judge`, if there is one, is called with `context` before this returns.
///
/// Returns NULL, or what is wrong with the document as a static text; then nothing in `page` may be used.
const char *_Nullable csimdjson_decode_page(
    csimdjson_decoder *_Nonnull decoder, const char *_Nullable const *_Nonnull stat_names, const void *_Nullable bytes,
    size_t length, csimdjson_judge _Nullable judge, void *_Nullable context,
    csimdjson_page *_Nonnull page) CSIMDJSON_NOEXCEPT;

/// Decodes one operation that is a document of its own; returns as `csimdjson_decode_page` does.
const char *_Nullable csimdjson_decode_operation(
    csimdjson_decoder *_Nonnull decoder, const char *_Nullable const *_Nonnull stat_names, const void *_Nullable bytes,
    size_t length, csimdjson_operation *_Nonnull operation) CSIMDJSON_NOEXCEPT;

/// Decodes `{"code": …, "message": …}` or `{"errors": [{"code": …, "message": …}, …]}`; returns as above.
const char *_Nullable csimdjson_decode_problem(
    csimdjson_decoder *_Nonnull decoder, const void *_Nullable bytes, size_t length,
    csimdjson_problem *_Nonnull problem) CSIMDJSON_NOEXCEPT;

#ifdef __cplusplus
}
#endif
