#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call: one function for each type of
// argument. What is a macro with a cast there is a function here as well.

static inline CURLcode ccurl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline CURLcode ccurl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text.
static inline CURLcode ccurl_set_text(CURL *_Nonnull handle, CURLoption option, const char *_Nonnull value) {
    return curl_easy_setopt(handle, option, value);
}

/// `buffer` has CURL_ERROR_SIZE bytes and lives as long as the handle.
static inline CURLcode ccurl_set_error_buffer(CURL *_Nonnull handle, char *_Nonnull buffer) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode ccurl_set_write(
    CURL *_Nonnull handle, size_t (*_Nonnull callback)(char *_Nullable, size_t, size_t, void *_Nullable),
    void *_Nonnull context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

/// Takes TLS 1.2 or later, and HTTP/2 where a TLS handshake agrees on it. Here, since the types of these constants differ
/// from one libcurl to the next.
static inline CURLcode ccurl_set_versions(CURL *_Nonnull handle) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

static inline CURLcode ccurl_set_basic_authentication(CURL *_Nonnull handle) {
    return curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
}

static inline CURLcode ccurl_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

/// The value of a response header, or NULL; it lives until the handle is next used.
static inline const char *_Nullable ccurl_header(CURL *_Nonnull handle, const char *_Nonnull name) {
    struct curl_header *header = NULL;
    return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}
