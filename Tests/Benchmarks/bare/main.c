// The least that a server on libmicrohttpd can cost: the bytes of a file for every request, with the flags and options that
// the exporter gives libmicrohttpd (Sources/HTTPServer, cmicrohttpd_start) and no code of its own.
//
// Usage: bare BODY HEADERS    (files; HEADERS has a header to a line). Says `port=PORT` once it listens.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum MHD_Result answer(
    void *response, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *size, void **state) {
    (void)url, (void)method, (void)version, (void)upload, (void)size;
    // libmicrohttpd asks a first time at the end of the headers, when it is too early for an answer on its fast path.
    if (*state == NULL) {
        *state = response;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static char *read_file(const char *path, size_t *length) {
    struct stat status;
    FILE *file = fopen(path, "r");
    if (file == NULL || fstat(fileno(file), &status)) err(1, "%s", path);
    char *bytes = malloc(status.st_size + 1);
    if (bytes == NULL || fread(bytes, 1, status.st_size, file) != (size_t)status.st_size) err(1, "%s", path);
    fclose(file);
    bytes[status.st_size] = 0;
    *length = status.st_size;
    return bytes;
}

static struct MHD_Response *read_response(const char *body, const char *headers) {
    size_t length, rest;
    char *bytes = read_file(body, &length), *lines = read_file(headers, &rest);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_PERSISTENT);
    for (char *line; (line = strsep(&lines, "\n"));) {
        char *name = strsep(&line, ":");
        if (line != NULL) MHD_add_response_header(response, name, line + strspn(line, " "));
    }
    return response;
}

static int listening_socket(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 511)) err(1, "listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("port=%d\n", ntohs(address.sin_port));
    return listener;
}

int main(int argc, char **argv) {
    if (argc != 3) errx(2, "usage: bare BODY HEADERS");
    struct MHD_Response *response = read_response(argv[1], argv[2]);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC | MHD_USE_AUTO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer,
        response, MHD_OPTION_LISTEN_SOCKET, listening_socket(), MHD_OPTION_CONNECTION_LIMIT, 512u,
        MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)20480,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (daemon == NULL) errx(1, "libmicrohttpd did not start");
    fflush(stdout);
    pause();
}
