#pragma once
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

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

/// Called with every line of every head, of interim responses and proxies' too, and with every trailer:
/// https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html
static inline CURLcode ccurl_set_header(
    CURL *_Nonnull handle, size_t (*_Nonnull callback)(char *_Nullable, size_t, size_t, void *_Nullable),
    void *_Nonnull context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

/// `context` outlives the multi handle: a connection is closed by the functions of the transfer that made it.
static inline CURLcode ccurl_set_sockets(
    CURL *_Nonnull handle,
    curl_socket_t (*_Nonnull open)(void *_Nullable, curlsocktype, struct curl_sockaddr *_Nullable),
    int (*_Nonnull close)(void *_Nullable, curl_socket_t), void *_Nonnull context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, close);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, context);
}

/// True for the values of CURLINFO_HTTP_VERSION that stand for HTTP/1.0 and 1.1.
static inline bool ccurl_is_http1(long version) {
    return version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1;
}

/// The port of a TCP socket's address, or 0; writes the address as text, in INET6_ADDRSTRLEN bytes.
static inline long ccurl_port(const struct sockaddr_storage *_Nonnull address, char *_Nonnull text) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    bool is_four = address->ss_family == AF_INET;
    if (!is_four && address->ss_family != AF_INET6) return 0;
    const void *bytes = is_four ? (const void *)&four->sin_addr : (const void *)&six->sin6_addr;
    if (inet_ntop(address->ss_family, bytes, text, INET6_ADDRSTRLEN) == NULL) return 0;
    return ntohs(is_four ? four->sin_port : six->sin6_port);
}

/// True for a TCP socket that connects a local port to a peer, whose address is written as libcurl writes it.
static inline bool ccurl_connects(int descriptor, long local_port, const char *_Nonnull peer, long peer_port) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN];
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return false;
    if (ccurl_port(&address, text) != local_port) return false;
    length = sizeof address;
    if (getpeername(descriptor, (struct sockaddr *)&address, &length) != 0) return false;
    return ccurl_port(&address, text) == peer_port && strcmp(text, peer) == 0;
}

/// The number of bytes that a TCP socket has received since it was connected; 0 where the kernel does not tell.
///
/// `tcpi_bytes_received` of linux/tcp.h (Linux 4.1), which glibc's header of the same name lacks, and cannot be included
/// beside: 128 bytes into the structure.
static inline uint64_t ccurl_received(int descriptor) {
    unsigned char info[136];
    socklen_t length = sizeof info;
    uint64_t count = 0;
    if (getsockopt(descriptor, IPPROTO_TCP, 11 /* TCP_INFO */, info, &length) != 0) return 0;
    if (length >= 136) memcpy(&count, info + 128, sizeof count);
    return count;
}

/// True where the peer of a TCP socket has said nothing since something was last sent to it, or for a second.
static inline bool ccurl_is_silent(int descriptor) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return false;
    // Both are the milliseconds that have passed since.
    return info.tcpi_last_data_recv >= info.tcpi_last_data_sent || info.tcpi_last_data_recv >= 1000;
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

/// The text lives until the handle is next used; NULL where there is none.
static inline const char *_Nullable ccurl_get_text(CURL *_Nonnull handle, CURLINFO info) {
    char *text = NULL;
    return curl_easy_getinfo(handle, info, &text) == CURLE_OK ? text : NULL;
}

static inline CURLcode ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

/// The value of a response header, or NULL; it lives until the handle is next used.
static inline const char *_Nullable ccurl_header(CURL *_Nonnull handle, const char *_Nonnull name) {
    struct curl_header *header = NULL;
    return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}
