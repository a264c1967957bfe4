// Asks a server on this machine for one path over and over, and says how fast it answered, as one line of JSON.
//
// Usage: load --port=PORT [--path=/metrics] [--header=LINE] [--connections=N] [--seconds=S] [--warm-up=S] [--rate=R]
//             [--pid=PID]...
//
// Each connection asks again as soon as it is answered; with --rate they ask so many times a second together, whether
// answers come or not, and the time an answer took counts from when its request was due: so a server that stalls cannot
// hide the requests that nobody could send meanwhile. --pid names the processes of the server, whose CPU it counts; its own
// is what receiving the answers costs at least.
// Ends with an error at the first answer that is not 200 with all its bytes.
#define _GNU_SOURCE
#include "connection.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PROCESSES = 16 };
static const double NS = 1e9;

static struct {
    uint16_t port;
    const char *path, *header;
    int connections;
    double seconds, warm_up, rate;
    int pids[MOST_PROCESSES], processes;
} flags = {.path = "/metrics", .connections = 1, .seconds = 1, .warm_up = 0.5};

static struct connection *connections;
static char request[1024];
static size_t request_length;
static int events, timer;
static struct tally tally;

/// How long answers took, in nanoseconds.
static int64_t *times;
static size_t time_count, time_space;

static void note_time(int64_t time) {
    if (time_count == time_space) {
        time_space = time_space ? time_space * 2 : 1 << 20;
        if ((times = realloc(times, time_space * sizeof *times)) == NULL) err(1, "times");
    }
    times[time_count++] = time;
}

/// User and system time of a process in seconds, with the threads that have ended.
static double cpu_seconds(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    if ((errno = clock_getcpuclockid(pid, &clock)) || clock_gettime(clock, &time)) err(1, "CPU of process %d", pid);
    return time.tv_sec + time.tv_nsec / NS;
}

/// That of the server's processes together.
static double server_cpu_seconds(void) {
    double sum = 0;
    for (int index = 0; index < flags.processes; index++) sum += cpu_seconds(flags.pids[index]);
    return sum;
}

static void open_all(void) {
    connections = calloc(flags.connections, sizeof *connections);
    events = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < flags.connections; index++) {
        open_connection(&connections[index], flags.port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[index]};
        epoll_ctl(events, EPOLL_CTL_ADD, connections[index].socket, &event);
    }
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(events, EPOLL_CTL_ADD, timer, &event);
}

/// Sends what is due, and sets the timer for what is due next.
static void send_due(int64_t now) {
    int64_t step = flags.connections / flags.rate * NS, next = INT64_MAX;
    for (int index = 0; index < flags.connections; index++) {
        struct connection *connection = &connections[index];
        if (!connection->busy && connection->due <= now) {
            send_request(connection, request, request_length, connection->due);
            connection->due += step;
        }
        if (!connection->busy && connection->due < next) next = connection->due;
    }
    if (next == INT64_MAX) return;
    struct itimerspec at = {.it_value = {next / (int64_t)NS, next % (int64_t)NS}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void begin(int64_t now) {
    for (int index = 0; index < flags.connections; index++) {
        if (flags.rate > 0) connections[index].due = now + index / flags.rate * NS;
        else send_request(&connections[index], request, request_length, now);
    }
    if (flags.rate > 0) send_due(now);
}

static void take_answer(struct connection *connection, int64_t end) {
    if (!read_answer(connection, &tally)) return;
    int64_t now = now_ns();
    note_time(now - connection->begun);
    if (flags.rate == 0 && now < end) send_request(connection, request, request_length, now);
}

static bool any_busy(void) {
    for (int index = 0; index < flags.connections; index++)
        if (connections[index].busy) return true;
    return false;
}

/// Asks until `end`, and waits for the answers that are still due then, at most 10 seconds.
static void run_until(int64_t end) {
    struct epoll_event ready[64];
    int64_t now = now_ns();
    begin(now);
    while ((now = now_ns()) < end || any_busy()) {
        if (now > end + 10 * NS) errx(1, "no answer within 10 seconds");
        int count = epoll_wait(events, ready, 64, 100);
        for (int index = 0; index < count; index++) {
            uint64_t expirations;
            if (ready[index].data.ptr) take_answer(ready[index].data.ptr, end);
            else if (read(timer, &expirations, sizeof expirations) < 0) continue;
        }
        if (flags.rate > 0 && (now = now_ns()) < end) send_due(now);
    }
}

static int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/// In milliseconds.
static double percentile(double part) {
    return times[(size_t)(part * (time_count - 1))] / 1e6;
}

static void report(double seconds, double cpu, double own_cpu) {
    if (time_count == 0) errx(1, "no answers");
    qsort(times, time_count, sizeof *times, by_size);
    printf(
        "{\"answers\": %" PRIu64 ", \"per_second\": %.1f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"p999_ms\": %.4f, "
        "\"max_ms\": %.4f, \"body_bytes\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"cpu_us_per_request\": %.3f, "
        "\"own_cpu_us_per_request\": %.3f}\n",
        tally.answers, tally.answers / seconds, percentile(0.5), percentile(0.99), percentile(0.999), percentile(1),
        tally.size, tally.bytes, cpu / tally.answers * 1e6, own_cpu / tally.answers * 1e6);
}

static void read_flags(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},        {"path", required_argument, NULL, 'u'},
        {"connections", required_argument, NULL, 'c'}, {"seconds", required_argument, NULL, 's'},
        {"warm-up", required_argument, NULL, 'w'},     {"rate", required_argument, NULL, 'r'},
        {"header", required_argument, NULL, 'h'},      {"pid", required_argument, NULL, 'i'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': flags.port = atoi(optarg); break;
        case 'u': flags.path = optarg; break;
        case 'c': flags.connections = atoi(optarg); break;
        case 's': flags.seconds = atof(optarg); break;
        case 'w': flags.warm_up = atof(optarg); break;
        case 'r': flags.rate = atof(optarg); break;
        case 'h': flags.header = optarg; break;
        case 'i':
            if (flags.processes == MOST_PROCESSES) errx(2, "too many processes");
            flags.pids[flags.processes++] = atoi(optarg);
            break;
        default: exit(2);
        }
    }
    if (flags.port == 0 || flags.connections < 1) errx(2, "--port and at least one connection are needed");
}

int main(int argc, char **argv) {
    read_flags(argc, argv);
    // What the kernel would otherwise add to each wait of the timer.
    prctl(PR_SET_TIMERSLACK, 1);
    request_length = snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s\r\n", flags.path, flags.port,
        flags.header ? flags.header : "", flags.header ? "\r\n" : "");
    if (request_length >= sizeof request) errx(2, "path and header are too long");
    open_all();
    if (flags.warm_up > 0) run_until(now_ns() + flags.warm_up * NS);
    time_count = 0;
    tally = (struct tally){0};
    double cpu = server_cpu_seconds(), own_cpu = cpu_seconds(getpid());
    int64_t start = now_ns();
    run_until(start + flags.seconds * NS);
    double seconds = (now_ns() - start) / NS;
    report(seconds, server_cpu_seconds() - cpu, cpu_seconds(getpid()) - own_cpu);
}
