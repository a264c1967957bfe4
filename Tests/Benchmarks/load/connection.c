#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void open_connection(struct connection *connection, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *connection = (struct connection){.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) err(1, "cannot connect to port %d", port);
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

void send_request(struct connection *connection, const char *request, size_t length, int64_t begun) {
    // A request is far smaller than a socket's buffer, which is empty.
    if (send(connection->socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) err(1, "cannot send a request");
    connection->begun = begun;
    connection->busy = true;
    connection->in_body = false;
    connection->received = 0;
}

/// Checks the status, and reads how the end of the body is found.
static struct body read_framing(const char *head) {
    if (strncmp(head, "HTTP/1.1 200 ", 13) != 0) errx(1, "not answered with 200: %.40s", head);
    if (strcasestr(head, "\r\nTransfer-Encoding: chunked")) return chunked_body();
    const char *length = strcasestr(head, "\r\nContent-Length:");
    if (length == NULL) errx(1, "an answer of unknown length");
    return body_of(strtoll(length + strlen("\r\nContent-Length:"), NULL, 10));
}

/// Returns the bytes that there were to read; 0 if there are none for now.
static size_t receive(struct connection *connection, char *bytes, size_t space) {
    ssize_t count = recv(connection->socket, bytes, space, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) errx(1, "the connection ended before its answer did");
    return count;
}

/// Reads headers, and what there is of the body right after them. Returns true once they are complete.
static bool read_head(struct connection *connection) {
    size_t space = sizeof connection->head - 1 - connection->received;
    if (space == 0) errx(1, "headers too long");
    connection->received += receive(connection, connection->head + connection->received, space);
    connection->head[connection->received] = 0;
    char *end = strstr(connection->head, "\r\n\r\n");
    if (end == NULL) return false;
    // The last line end stays, so that each header has one.
    end[2] = 0;
    connection->in_body = true;
    connection->body = read_framing(connection->head);
    char *rest = end + 4;
    take_body(&connection->body, rest, connection->head + connection->received - rest);
    return true;
}

bool read_answer(struct connection *connection, struct tally *tally) {
    static char scrap[1 << 20];
    if (!connection->busy) errx(1, "the server sent something unasked, or closed the connection");
    if (!connection->in_body && !read_head(connection)) return false;
    while (!connection->body.ended) {
        size_t count = receive(connection, scrap, sizeof scrap);
        if (count == 0) return false;
        take_body(&connection->body, scrap, count);
    }
    connection->busy = false;
    tally->answers++;
    tally->bytes += connection->body.size;
    tally->size = connection->body.size;
    return true;
}
