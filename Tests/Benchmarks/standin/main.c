// Stands in for the API where speed is measured: it makes pages at a small part of what reading them costs, in the same
// memory for a thousand operations and for ten millions.
//
// Usage: standin --operations=N [--slow=PERCENT] [--speed=FACTOR] [--change-every=N] [--start=MS] [--port=PORT]
// Says `port=PORT` once it listens. Each connection has a thread. GET /control/requests tells how many requests of the API
// it has answered, /control/listed how many operations were in them, and /control/turn lets the next operations change.
#define _GNU_SOURCE
#include "list.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIST "/v1/Messages/Operations"

static struct population population = {.count = 1000, .slow_percent = 10};
static _Atomic int64_t requests, listed;

/// Where an answer is made: what follows the status line is written first, since its length is not known before.
struct answer {
    int status;
    char *body, *end;
};

struct connection {
    int socket;
    size_t received;
    char request[16384];
    /// Room for the headers, then the body.
    char answer[1024 + LARGEST_PAGE * LARGEST_OPERATION + 2048];
};

static int64_t wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/// What the API's clock shows, and the moment that its operations have come to.
static void tell_time(int64_t *date, int64_t *now) {
    int64_t wall = wall_ms();
    *now = population.start_ms + (int64_t)((wall - population.start_ms) * population.speed);
    *date = population.speed > 0 ? *now : wall;
}

static void refuse(struct answer *answer, int status) {
    answer->status = status;
    answer->end = answer->body + sprintf(answer->body, "{\"errors\":[{\"code\":20%d,\"message\":\"Refused\"}]}", status);
}

static void answer_list(char *text, int64_t now, struct answer *answer) {
    struct query query;
    if (!read_query(text, &query)) return refuse(answer, 400);
    answer->end = write_page(&population, &query, now, answer->body, &listed);
}

static void answer_operation(const char *id, int64_t now, struct answer *answer) {
    int64_t number = number_of(&population, id, now);
    if (number < 0) return refuse(answer, 404);
    answer->end = write_operation(&population, number, now, answer->body);
}

static void answer_api(char *path, char *query, bool authorized, int64_t now, struct answer *answer) {
    requests++;
    if (!authorized) refuse(answer, 401);
    else if (strcmp(path, LIST) == 0) answer_list(query, now, answer);
    else if (strncmp(path, LIST "/", sizeof LIST) == 0) answer_operation(path + sizeof LIST, now, answer);
    else refuse(answer, 404);
}

static void answer_control(const char *path, struct answer *answer) {
    int64_t value;
    if (strcmp(path, "/control/turn") == 0) value = ++population.turns;
    else if (strcmp(path, "/control/requests") == 0) value = requests;
    else if (strcmp(path, "/control/listed") == 0) value = listed;
    else return refuse(answer, 404);
    answer->end = answer->body + sprintf(answer->body, "%" PRId64 "\n", value);
}

static bool send_all(int socket, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        count -= sent;
    }
    return true;
}

/// Puts the headers right before the body, so that both go out together.
static bool send_answer(int socket, const struct answer *answer, int64_t date) {
    char head[512], text[32];
    struct tm parts;
    gmtime_r(&(time_t){date / 1000}, &parts);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    int length = sprintf(
        head, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %td\r\n\r\n", answer->status,
        answer->status == 200 ? "OK" : "Refused", text, answer->end - answer->body);
    memcpy(answer->body - length, head, length);
    return send_all(socket, answer->body - length, answer->end - answer->body + length);
}

/// Answers the request at the begin of the buffer, a whole one with its last line end cut off.
static bool answer_request(struct connection *connection) {
    struct answer answer = {.status = 200, .body = connection->answer + 1024};
    int64_t date, now;
    tell_time(&date, &now);
    bool authorized = strcasestr(connection->request, "\r\nAuthorization: Basic ") != NULL;
    char *rest = connection->request, *method = strsep(&rest, " "), *target = strsep(&rest, " ");
    if (target == NULL || strcmp(method, "GET") != 0) return false;
    char *path = strsep(&target, "?");
    if (strncmp(path, "/v1/", 4) == 0) answer_api(path, target, authorized, now, &answer);
    else answer_control(path, &answer);
    return send_answer(connection->socket, &answer, date);
}

/// Takes in the next request; returns its length, or 0 at the end of the connection.
static size_t receive_request(struct connection *connection) {
    for (;;) {
        connection->request[connection->received] = 0;
        char *end = strstr(connection->request, "\r\n\r\n");
        if (end != NULL) {
            *end = 0;
            return end + 4 - connection->request;
        }
        size_t space = sizeof connection->request - 1 - connection->received;
        ssize_t count = recv(connection->socket, connection->request + connection->received, space, 0);
        if (count <= 0) return 0;
        connection->received += count;
    }
}

static void *serve(void *context) {
    struct connection *connection = context;
    for (size_t length; (length = receive_request(connection)) > 0;) {
        if (!answer_request(connection)) break;
        connection->received -= length;
        memmove(connection->request, connection->request + length, connection->received);
    }
    close(connection->socket);
    free(connection);
    return NULL;
}

static void start_connection(int socket) {
    struct connection *connection = calloc(1, sizeof *connection);
    pthread_t thread;
    if (connection == NULL) err(1, "connection");
    connection->socket = socket;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if ((errno = pthread_create(&thread, NULL, serve, connection))) err(1, "thread");
    pthread_detach(thread);
}

static int listen_on(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 512)) err(1, "port %d", port);
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("port=%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static uint16_t read_flags(int argc, char **argv) {
    static const struct option options[] = {
        {"operations", required_argument, NULL, 'n'}, {"slow", required_argument, NULL, 's'},
        {"speed", required_argument, NULL, 'f'},      {"change-every", required_argument, NULL, 'c'},
        {"start", required_argument, NULL, 'b'},      {"port", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    uint16_t port = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'n': population.count = atoll(optarg); break;
        case 's': population.slow_percent = atoi(optarg); break;
        case 'f': population.speed = atof(optarg); break;
        case 'c': population.change_every = atoll(optarg); break;
        case 'b': population.start_ms = atoll(optarg); break;
        case 'p': port = atoi(optarg); break;
        default: exit(2);
        }
    }
    return port;
}

int main(int argc, char **argv) {
    uint16_t port = read_flags(argc, argv);
    if (population.count < 1) errx(2, "--operations must be at least 1");
    if (population.start_ms == 0) population.start_ms = wall_ms();
    int listener = listen_on(port);
    for (;;) {
        int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0) start_connection(socket);
    }
}
