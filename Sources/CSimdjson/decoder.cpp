#include "CSimdjson.h"
#include "numbers.hpp"

#include <new>
#include <string_view>
#include <vector>

// Errors are return values here: nothing may throw across the C boundary.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

using simdjson::error_code;
using simdjson::SUCCESS;
using simdjson::ondemand::json_type;
using simdjson::ondemand::value;
using std::string_view;

static_assert(CSIMDJSON_PADDING >= simdjson::SIMDJSON_PADDING);

namespace {

/// A parser keeps buffers as large as its largest document: one that has read more than this is not used again.
constexpr size_t kept_capacity = 4 << 20;
/// Nor is room for more operations than this, which is four times what can be asked for.
constexpr size_t kept_operations = 4096;

error_code check_scalar(value &scalar) {
    string_view token = without_trailing_space(scalar.raw_json_token());
    bool is_valid = token == "true" || token == "false" || token == "null" || is_number(token);
    return is_valid ? SUCCESS : simdjson::TAPE_ERROR;
}

/// Names are compared where they stand in the document, but for those with escapes.
string_view name_of(simdjson::ondemand::field &member) {
    const char *start = member.key().raw();
    const char *end = start;
    while (*end != '"' && *end != '\\') end++;
    if (*end == '"') return {start, size_t(end - start)};
    string_view name;
    // A name with an impossible escape is none that anybody asks for.
    return member.unescaped_key().get(name) ? string_view() : name;
}

/// Calls `visit(name, value)` for every member, which must leave a container read to its end.
template <typename Visit>
error_code for_each_member(simdjson::ondemand::object object, Visit visit) {
    for (auto result : object) {
        simdjson::ondemand::field member;
        SIMDJSON_TRY(std::move(result).get(member));
        SIMDJSON_TRY(visit(name_of(member), member.value()));
    }
    return SUCCESS;
}

template <typename Visit>
error_code for_each_element(simdjson::ondemand::array array, Visit visit) {
    for (auto result : array) {
        value element;
        SIMDJSON_TRY(std::move(result).get(element));
        SIMDJSON_TRY(visit(element));
    }
    return SUCCESS;
}

/// Reads past a value, checking that it is JSON: on-demand parsing would believe whatever it skips.
error_code pass(value unread, int depth) {
    if (depth > CSIMDJSON_DEPTH) return simdjson::DEPTH_ERROR;
    json_type type;
    SIMDJSON_TRY(unread.type().get(type));
    if (type == json_type::object) {
        simdjson::ondemand::object object;
        SIMDJSON_TRY(unread.get_object().get(object));
        return for_each_member(object, [depth](string_view, value member) { return pass(member, depth + 1); });
    }
    if (type == json_type::array) {
        simdjson::ondemand::array array;
        SIMDJSON_TRY(unread.get_array().get(array));
        return for_each_element(array, [depth](value element) { return pass(element, depth + 1); });
    }
    if (type == json_type::string) return unread.get_raw_json_string().error();
    return check_scalar(unread);
}

error_code read_text(value unread, csimdjson_text &text, int depth) {
    text = {};
    json_type type;
    SIMDJSON_TRY(unread.type().get(type));
    if (type != json_type::string) {
        text.kind = type == json_type::null ? csimdjson_null : csimdjson_wrong;
        return pass(unread, depth);
    }
    string_view unescaped;
    // The text has been passed even where it cannot be unescaped, such as half of a surrogate pair.
    if (unread.get_string().get(unescaped)) {
        text.kind = csimdjson_wrong;
        return SUCCESS;
    }
    text = {unescaped.data(), unescaped.size(), csimdjson_present};
    return SUCCESS;
}

}  // namespace

struct csimdjson_decoder {
    simdjson::ondemand::parser parser;
    /// Without data where there is none to read.
    string_view stat_names[CSIMDJSON_STATS];
    /// Which stat came after each one the last time, and first: operations list theirs in one order, whichever it is.
    uint8_t following[CSIMDJSON_STATS + 1] = {};
    std::vector<csimdjson_operation> operations;
    /// Who knows operations by their text, if anybody does.
    csimdjson_judge judge = nullptr;
    void *judge_context = nullptr;
    /// Whether the parser's buffers are too large to keep. They hold what the last call returned, so that they are
    /// released at the start of the next one.
    bool is_oversized = false;
    /// Better words for the error being returned than simdjson's.
    const char *complaint = nullptr;

    error_code complain(const char *words) {
        complaint = words;
        return simdjson::INCORRECT_TYPE;
    }

    void name_stats(const char *const *names) {
        for (size_t index = 0; index < CSIMDJSON_STATS; index++) {
            stat_names[index] = names[index] ? string_view(names[index]) : string_view();
        }
    }

    void release_oversized() noexcept {
        if (is_oversized) parser = simdjson::ondemand::parser();
        if (operations.capacity() > kept_operations) std::vector<csimdjson_operation>().swap(operations);
    }

    /// Calls `read(object)` with the document's root, which must be an object and all there is.
    template <typename Read>
    const char *decode(const void *bytes, size_t length, Read read) noexcept {
        complaint = nullptr;
        release_oversized();
        is_oversized = length > kept_capacity;
        error_code error = simdjson::MEMALLOC;
        try {
            error = decode_root(bytes, length, read);
        } catch (...) {
            // Only std::bad_alloc is thrown by what is called here, and that is what `error` says.
        }
        return complaint ? complaint : error ? simdjson::error_message(error) : nullptr;
    }

    template <typename Read>
    error_code decode_root(const void *bytes, size_t length, Read read) {
        simdjson::ondemand::document document;
        string_view text(static_cast<const char *>(bytes), length);
        // Ignored, as a reader may (https://www.rfc-editor.org/rfc/rfc8259#section-8.1), and as newer releases of simdjson do.
        if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
        SIMDJSON_TRY(parser.iterate(text.data(), text.size(), text.size() + CSIMDJSON_PADDING).get(document));
        simdjson::ondemand::object root;
        if (document.get_object().get(root)) return complain("the document is not one complete object");
        SIMDJSON_TRY(read(root));
        if (document.current_location().error() == simdjson::OUT_OF_BOUNDS) return SUCCESS;
        return complain("something follows the document");
    }

    error_code read_page(simdjson::ondemand::object root, csimdjson_page &page) {
        page = {};
        bool is_listed = false;
        SIMDJSON_TRY(for_each_member(root, [&](string_view name, value member) -> error_code {
            if (name == "pagination") return read_pagination(member, page);
            if (name != "operations") return pass(member, 2);
            is_listed = true;
            return read_operations(member);
        }));
        // An empty list may lack its key; a document that lacks both is another one.
        if (!is_listed && page.pagination_kind == csimdjson_missing) return complain("the document has no operations");
        if (!is_listed) operations.clear();
        page.operations = operations.data();
        page.count = operations.size();
        return SUCCESS;
    }

    error_code read_operations(value unread) {
        operations.clear();
        json_type type;
        SIMDJSON_TRY(unread.type().get(type));
        if (type == json_type::null) return pass(unread, 2);
        simdjson::ondemand::array array;
        if (unread.get_array().get(array)) return complain("operations is not an array");
        return for_each_element(array, [this](value element) -> error_code {
            if (operations.size() == CSIMDJSON_OPERATIONS) return complain("the page has too many operations");
            return read_element(element, operations.emplace_back());
        });
    }

    error_code read_element(value element, csimdjson_operation &operation) {
        operation = {};
        json_type type;
        SIMDJSON_TRY(element.type().get(type));
        if (type != json_type::object) return pass(element, 3);
        simdjson::ondemand::object object;
        SIMDJSON_TRY(element.get_object().get(object));
        if (judge) {
            SIMDJSON_TRY(read_extent(object, operation.text));
            operation.is_object = true;
            operation.is_known = judge(judge_context, &operation);
            if (operation.is_known) return SUCCESS;
            SIMDJSON_TRY(object.reset().error());
        }
        return read_operation(object, operation);
    }

    /// Where an object begins and ends; leaves it read.
    static error_code read_extent(simdjson::ondemand::object &object, csimdjson_text &text) {
        string_view whole;
        SIMDJSON_TRY(object.raw_json().get(whole));
        whole = without_trailing_space(whole);
        text = {whole.data(), whole.size(), csimdjson_present};
        return SUCCESS;
    }

    error_code read_operation(simdjson::ondemand::object object, csimdjson_operation &operation) {
        operation.is_object = true;
        return for_each_member(object, [&](string_view name, value member) -> error_code {
            if (name == "id") return read_text(member, operation.id, 4);
            if (name == "status") return read_text(member, operation.status, 4);
            if (name == "stats") return read_stats(member, operation);
            if (name == "createdAt") return read_text(member, operation.created_at, 4);
            if (name == "updatedAt") return read_text(member, operation.updated_at, 4);
            return pass(member, 4);
        });
    }

    error_code read_stats(value unread, csimdjson_operation &operation) {
        operation.reported = operation.invalid = 0;
        for (int64_t &stat : operation.stats) stat = 0;
        json_type type;
        SIMDJSON_TRY(unread.type().get(type));
        if (type != json_type::object) {
            operation.stats_kind = type == json_type::null ? csimdjson_null : csimdjson_wrong;
            return pass(unread, 4);
        }
        operation.stats_kind = csimdjson_present;
        simdjson::ondemand::object object;
        SIMDJSON_TRY(unread.get_object().get(object));
        size_t last = CSIMDJSON_STATS;
        return for_each_member(object, [&](string_view name, value member) -> error_code {
            size_t index = stat_named(name, following[last]);
            if (index == CSIMDJSON_STATS) return pass(member, 5);
            following[last] = uint8_t(index);
            last = index;
            return read_stat(member, index, operation);
        });
    }

    /// Which stat has that name; CSIMDJSON_STATS where none has. `expected` is looked at first.
    size_t stat_named(string_view name, size_t expected) const {
        for (size_t step = 0; step < CSIMDJSON_STATS; step++) {
            size_t index = (expected + step) % CSIMDJSON_STATS;
            // A member may be called "".
            if (stat_names[index].data() != nullptr && name == stat_names[index]) return index;
        }
        return CSIMDJSON_STATS;
    }

    static error_code read_stat(value unread, size_t index, csimdjson_operation &operation) {
        uint16_t bit = uint16_t(1 << index);
        bool is_count = read_count(without_trailing_space(unread.raw_json_token()), operation.stats[index]);
        operation.reported = is_count ? operation.reported | bit : operation.reported & ~bit;
        operation.invalid = is_count ? operation.invalid & ~bit : operation.invalid | bit;
        if (!is_count) operation.stats[index] = 0;
        return is_count ? SUCCESS : pass(unread, 5);
    }

    static error_code read_pagination(value unread, csimdjson_page &page) {
        page.next = {};
        page.own = {};
        json_type type;
        SIMDJSON_TRY(unread.type().get(type));
        if (type != json_type::object) {
            page.pagination_kind = type == json_type::null ? csimdjson_null : csimdjson_wrong;
            return pass(unread, 2);
        }
        page.pagination_kind = csimdjson_present;
        simdjson::ondemand::object object;
        SIMDJSON_TRY(unread.get_object().get(object));
        return for_each_member(object, [&](string_view name, value member) {
            if (name == "self") return read_text(member, page.own, 3);
            return name == "next" ? read_text(member, page.next, 3) : pass(member, 3);
        });
    }

    static error_code read_problem(simdjson::ondemand::object object, csimdjson_problem &problem, int depth) {
        return for_each_member(object, [&](string_view name, value member) -> error_code {
            if (name == "message") return read_text(member, problem.message, depth);
            if (name == "errors") return read_first_problem(member, problem, depth);
            if (name != "code") return pass(member, depth);
            if (!read_count(without_trailing_space(member.raw_json_token()), problem.code)) problem.code = -1;
            return pass(member, depth);
        });
    }

    static error_code read_first_problem(value unread, csimdjson_problem &problem, int depth) {
        simdjson::ondemand::array array;
        if (depth > 2 || unread.get_array().get(array)) return pass(unread, depth);
        bool is_first = true;
        return for_each_element(array, [&](value element) -> error_code {
            simdjson::ondemand::object object;
            if (!is_first || element.get_object().get(object)) return pass(element, depth + 1);
            is_first = false;
            return read_problem(object, problem, depth + 2);
        });
    }
};

csimdjson_decoder *csimdjson_create() noexcept {
    return new (std::nothrow) csimdjson_decoder;
}

void csimdjson_destroy(csimdjson_decoder *decoder) noexcept {
    delete decoder;
}

const char *csimdjson_decode_page(
    csimdjson_decoder *decoder, const char *const *stat_names, const void *bytes, size_t length,
    csimdjson_judge judge, void *context, csimdjson_page *page) noexcept {
    decoder->name_stats(stat_names);
    decoder->judge = judge;
    decoder->judge_context = context;
    return decoder->decode(bytes, length, [=](auto root) { return decoder->read_page(root, *page); });
}

const char *csimdjson_decode_operation(
    csimdjson_decoder *decoder, const char *const *stat_names, const void *bytes, size_t length,
    csimdjson_operation *operation) noexcept {
    decoder->name_stats(stat_names);
    *operation = {};
    return decoder->decode(bytes, length, [=](auto root) { return decoder->read_operation(root, *operation); });
}

const char *csimdjson_decode_problem(
    csimdjson_decoder *decoder, const void *bytes, size_t length, csimdjson_problem *problem) noexcept {
    *problem = {};
    problem->code = -1;
    return decoder->decode(
        bytes, length, [=](auto root) { return csimdjson_decoder::read_problem(root, *problem, 2); });
}
