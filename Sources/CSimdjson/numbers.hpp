#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Which tokens are numbers of JSON, and which of these are counts.

namespace {

using std::string_view;

constexpr int64_t largest_count = int64_t(1) << 53;

bool is_space(char character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

/// A token as simdjson gives it runs on to the next one.
string_view without_trailing_space(string_view token) {
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    return token;
}

size_t digits_at(string_view token, size_t from) {
    size_t at = from;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') at++;
    return at - from;
}

/// RFC 8259, section 6.
bool is_number(string_view token) {
    size_t at = token.substr(0, 1) == "-" ? 1 : 0;
    size_t whole = digits_at(token, at);
    if (whole == 0 || (whole > 1 && token[at] == '0')) return false;
    at += whole;
    if (at < token.size() && token[at] == '.') {
        size_t fraction = digits_at(token, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        at++;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) at++;
        size_t exponent = digits_at(token, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == token.size();
}

/// The exponent of a valid number, as far as it matters.
int64_t exponent_of(string_view number) {
    size_t at = number.find_first_of("eE");
    if (at == string_view::npos) return 0;
    bool is_negative = number[++at] == '-';
    if (is_negative || number[at] == '+') at++;
    int64_t exponent = 0;
    // No document is so long that its digits could outweigh this.
    for (; at < number.size() && exponent < 1000000000; at++) exponent = exponent * 10 + (number[at] - '0');
    return is_negative ? -exponent : exponent;
}

/// Whether a valid number is a count, and which: 3.0, 30e-1 and 3 are the same number, and which of them a writer of
/// JSON chooses says nothing (RFC 8259, section 6). Exact: nothing is rounded to a count.
bool read_decimal_count(string_view number, int64_t &count) {
    count = 0;
    int64_t power = exponent_of(number), zeros = 0;
    int digits = 0;
    bool is_fraction = false;
    for (char character : number.substr(0, number.find_first_of("eE"))) {
        if (character == '.') is_fraction = true;
        if (character < '0') continue;
        if (is_fraction) power--;
        if (character == '0') {
            if (digits > 0) zeros++;
            continue;
        }
        if (zeros > 16 || (digits += int(zeros) + 1) > 16) return false;
        for (; zeros > 0; zeros--) count *= 10;
        count = count * 10 + (character - '0');
    }
    if (digits == 0) return true;
    power += zeros;
    if (number[0] == '-' || power < 0) return false;
    for (; power > 0 && count <= largest_count; power--) count *= 10;
    return count <= largest_count;
}

/// Whether a token is a count, and which: what is one is a valid number, too.
bool read_count(string_view token, int64_t &count) {
    bool is_plain = !token.empty() && token.size() <= 16 && digits_at(token, 0) == token.size();
    if (!is_plain || (token.size() > 1 && token[0] == '0')) return is_number(token) && read_decimal_count(token, count);
    count = 0;
    for (char digit : token) count = count * 10 + (digit - '0');
    return count <= largest_count;
}

}  // namespace
