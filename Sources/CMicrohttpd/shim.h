#pragma once
#include <microhttpd.h>

/// What a daemon is started with: Swift cannot call the variadic MHD_start_daemon.
struct cmicrohttpd_settings {
    unsigned int flags;
    MHD_socket listen_socket;
    unsigned int connection_limit;
    unsigned int idle_timeout_seconds;
    size_t memory_per_connection;
    /// 0 for the modes without a pool; libmicrohttpd refuses 1.
    unsigned int thread_pool_size;
    MHD_AccessHandlerCallback _Nonnull on_request;
    MHD_RequestCompletedCallback _Nonnull on_completed;
    MHD_NotifyConnectionCallback _Nonnull on_connection;
    /// Percent-decodes a C string in place and returns its new length.
    size_t (*_Nonnull unescape)(void *_Nullable, struct MHD_Connection *_Nullable, char *_Nullable);
    /// Passed to every callback.
    void *_Nullable context;
};

// Has requests read as strictly as https://www.rfc-editor.org/rfc/rfc9112 allows: what only an attacker or a broken client
// sends is refused, such as HTTP/1.1 without Host. libmicrohttpd 1.0 also refuses headers that go on in the next line, bare
// line feeds, and a length beside chunks; for 0.9.75 see RequestFraming.
#if MHD_VERSION >= 0x00097701
#define CMICROHTTPD_STRICT MHD_OPTION_CLIENT_DISCIPLINE_LVL
#else
#define CMICROHTTPD_STRICT MHD_OPTION_STRICT_FOR_CLIENT
#endif

/// Stands in for a certificate with daemons that use TLS, which libmicrohttpd does not start without. Never called: every
/// session is given credentials of its own when its connection starts.
static inline int cmicrohttpd_no_certificate(void) { return -1; }

static inline struct MHD_Daemon *_Nullable cmicrohttpd_start(const struct cmicrohttpd_settings *_Nonnull s) {
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)cmicrohttpd_no_certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem *const plain = tls + 1;
    return MHD_start_daemon(
        s->flags, 0, NULL, NULL, s->on_request, s->context,
        MHD_OPTION_LISTEN_SOCKET, s->listen_socket,
        MHD_OPTION_CONNECTION_LIMIT, s->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, s->idle_timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->memory_per_connection,
        MHD_OPTION_THREAD_POOL_SIZE, s->thread_pool_size,
        MHD_OPTION_NOTIFY_COMPLETED, s->on_completed, s->context,
        MHD_OPTION_NOTIFY_CONNECTION, s->on_connection, s->context,
        CMICROHTTPD_STRICT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, s->unescape, s->context,
        MHD_OPTION_ARRAY, s->flags & MHD_USE_TLS ? tls : plain,
        MHD_OPTION_END);
}

/// The socket of a connection, or -1: MHD_get_connection_info is variadic.
static inline MHD_socket cmicrohttpd_socket(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/// The address of a connection's client, as long as the connection is open.
static inline const struct sockaddr *_Nullable cmicrohttpd_client_address(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/// The TLS session of a connection, a gnutls_session_t; NULL without TLS.
static inline void *_Nullable cmicrohttpd_tls_session(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

/// What the callback of connections keeps with one from its start to its end.
static inline void *_Nullable cmicrohttpd_socket_context(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
