/* The traffic of `bench/proxy.py`: a fast upstream, a closed load loop, and clients of token streams.

     proxy_load upstream PORT                            serves until it is killed
     proxy_load load PORT CONNECTIONS SECONDS BYTES RATE one question after the other on each connection,
                                                         RATE of them a second in all, 0 for as many as there can be
     proxy_load streams PORT COUNT TOKENS GAP_US         COUNT streams, started over one second, out of step

   `/chat?<n>` is answered with a chat answer of n bytes; `/stream?<tokens>,<gap>` with a chunked event stream whose tokens carry the
   monotonic time (ns) at which they were sent, so that a client on the same machine knows how long each travelled.
   Prints one JSON object. One thread, epoll; a fault of ours ends the process with a message. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 8192
#define BUFFER 65536
#define EVENTS 512
#define PATIENCE_NS 500000
#define DIGITS 19 /* of a monotonic time in nanoseconds */

struct connection {
    int fd, used, tokens;
    long remaining; /* bytes of a body still to come; -1 while the head is read */
    int64_t started, due, gap;
    struct connection *next;
    char *buffer;
};

static struct connection connections[CONNECTIONS];
static char scratch[2 * BUFFER], text[BUFFER + 1];
static int poller;

static void fail(const char *what) { perror(what); exit(1); }

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct connection *watch(int fd) {
    int one = 1;
    if (fd < 0 || fd >= CONNECTIONS) fail("too many connections");
    struct connection *c = &connections[fd];
    char *buffer = c->buffer ? c->buffer : malloc(BUFFER);
    *c = (struct connection){.fd = fd, .remaining = -1, .buffer = buffer};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e)) fail("epoll_ctl");
    return c;
}

static int dial(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a)) fail("connect");
    return fd;
}

/* Looks for events, and sleeps only when none came for a while. A load that slept at once would make the proxy pay for
   waking it, 5 us of the 30 of a request in a virtual machine, and the more the less it is kept busy.
   Sleeps with the precision of the clock: epoll_wait alone rounds to milliseconds. */
static int wait_events(struct epoll_event *events, int64_t until) {
    int64_t at = now(), patience = at + PATIENCE_NS;
    int count;
    while (!(count = epoll_wait(poller, events, EVENTS, 0)) && at < until && at < patience) {
        sched_yield(); /* the upstream and the clients share a core */
        at = now();
    }
    if (count || at >= until) return count;
    struct pollfd p = {.fd = poller, .events = POLLIN};
    int64_t left = until - at;
    struct timespec t = {left / 1000000000LL, left % 1000000000LL};
    ppoll(&p, 1, &t, NULL);
    return epoll_wait(poller, events, EVENTS, 0);
}

static void send_all(struct connection *c, const char *data, size_t size) {
    while (size) {
        ssize_t sent = send(c->fd, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = c->fd, .events = POLLOUT};
            poll(&p, 1, 1000);
            continue;
        }
        if (sent < 0) return; /* the peer has left; the read side will see it */
        data += sent;
        size -= sent;
    }
}

/* upstream */

static struct connection *first, *last; /* what is to be sent next, by the time it is due */

static void enqueue(struct connection *c) {
    c->next = NULL;
    if (last) last->next = c; else first = c;
    last = c;
}

static struct connection *dequeue(void) {
    struct connection *c = first;
    first = c->next;
    if (!first) last = NULL;
    return c;
}

static void send_token(struct connection *c) {
    char token[128], chunk[160];
    int size = sprintf(token, "data: {\"token\":\"word @%0*lld\"}\n\n", DIGITS, (long long)now());
    send_all(c, chunk, sprintf(chunk, "%x\r\n%s\r\n", size, token));
    if (--c->tokens) {
        c->due += c->gap;
        enqueue(c);
    } else send_all(c, "0\r\n\r\n", 5);
}

/* Makes `text` an answer in the RTI chat format, of exactly that size. */
static void fill(long size) {
    static const char start[] = "{\"session_id\":\"s\",\"response\":\"", end[] = "\"}";
    static const char sentence[] = "The application fee is ten rupees and the office answers within thirty days. ";
    static long filled;
    if (size == filled) return;
    if (size > BUFFER || size < 128) fail("an answer of that size");
    for (long i = 0; i < size; i++) text[i] = sentence[i % (sizeof sentence - 1)];
    memcpy(text, start, sizeof start - 1);
    memcpy(text + size - sizeof end + 1, end, sizeof end - 1);
    filled = size;
}

static void answer(struct connection *c, const char *path) {
    long tokens, gap;
    char head[256];
    if (sscanf(path, "/stream?%ld,%ld", &tokens, &gap) == 2) {
        send_all(c, head, sprintf(head, "HTTP/1.1 200 OK\r\nServer: bot\r\nContent-Type: text/event-stream\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n"));
        c->tokens = tokens, c->gap = gap * 1000, c->due = now();
        send_token(c);
        return;
    }
    long size = 0;
    sscanf(path, "/chat?%ld", &size);
    int length = sprintf(scratch, "HTTP/1.1 200 OK\r\nServer: bot\r\nContent-Type: application/json\r\n"
                                  "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nContent-Length: %ld\r\n\r\n", size);
    fill(size);
    memcpy(scratch + length, text, size);
    send_all(c, scratch, length + size);
}

static void serve_bytes(struct connection *c) {
    ssize_t got = recv(c->fd, c->buffer + c->used, BUFFER - 1 - c->used, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) return;
        if (!c->tokens) close(c->fd); /* a stream in the queue ends by itself: its sends fail quietly */
        else epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
        return;
    }
    c->used += got;
    c->buffer[c->used] = 0;
    char *end = strstr(c->buffer, "\r\n\r\n");
    if (!end) return;
    char *length = strcasestr(c->buffer, "\r\ncontent-length:");
    long body = length && length < end ? atol(length + 17) : 0;
    if (end + 4 + body > c->buffer + c->used) return;
    char *path = strchr(c->buffer, ' ');
    c->used = 0;
    answer(c, path + 1);
}

static void upstream(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event events[EVENTS], e = {.events = EPOLLIN, .data.ptr = NULL};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 4096)) fail("listen");
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int count = wait_events(events, first ? first->due : now() + 1000000000LL);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) serve_bytes(events[i].data.ptr);
            else watch(accept(listener, NULL, NULL));
        }
        while (first && first->due <= now()) {
            send_token(dequeue());
        }
    }
}

/* clients */

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double share(int64_t *values, long count, double ratio) { /* microseconds; values are sorted */
    return count ? values[(long)(ratio * (count - 1))] / 1000.0 : -1;
}

static void load(int port, int count, double seconds, const char *bytes, double rate) {
    static const char body[] = "{\"session_id\":\"0190a7c4-2f7e-7c3b-9c1d-0a1b2c3d4e5f\",\"message\":"
                               "\"What is the application fee, and within how many days must the office answer?\"}";
    static char request[1024];
    long capacity = 1 << 24, done = 0, errors = 0;
    int64_t *taken = malloc(capacity * sizeof *taken), end = now() + (int64_t)(seconds * 1e9), began = now();
    int size = sprintf(request, "POST /chat?%s HTTP/1.1\r\nHost: bot.example\r\nUser-Agent: bench\r\nAccept: */*\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", bytes, sizeof body - 1, body);
    struct epoll_event events[EVENTS];
    for (int i = 0; i < count; i++) {
        struct connection *c = watch(dial(port));
        c->gap = rate > 0 ? (int64_t)(count / rate * 1e9) : 0;
        c->due = began + c->gap * i / count;
        enqueue(c);
    }
    while (now() < end) {
        while (first && first->due <= now()) {
            struct connection *c = dequeue();
            c->started = now();
            send_all(c, request, size);
        }
        int ready = wait_events(events, first ? first->due : end);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            ssize_t got = recv(c->fd, c->buffer + c->used, BUFFER - 1 - c->used, 0);
            if (got <= 0) {
                if (got < 0 && errno == EAGAIN) continue;
                int64_t gap = c->gap, due = c->due;
                errors++;
                close(c->fd);
                c = watch(dial(port));
                c->gap = gap, c->due = due;
            } else if (c->remaining < 0) {
                c->used += got;
                c->buffer[c->used] = 0;
                char *head_end = strstr(c->buffer, "\r\n\r\n"), *length = strcasestr(c->buffer, "\r\ncontent-length:");
                if (!head_end || !length) continue;
                if (strncmp(c->buffer, "HTTP/1.1 200", 12)) errors++;
                c->remaining = atol(length + 17) - (c->buffer + c->used - head_end - 4);
                c->used = 0;
            } else c->remaining -= got;
            if (c->remaining > 0) continue;
            if (got > 0 && done < capacity) taken[done++] = now() - c->started;
            c->remaining = -1;
            c->due += c->gap;
            if (c->gap) enqueue(c);
            else {
                c->started = now();
                send_all(c, request, size);
            }
        }
    }
    double elapsed = (now() - began) / 1e9;
    qsort(taken, done, sizeof *taken, by_value);
    printf("{\"requests\": %ld, \"seconds\": %.3f, \"errors\": %ld, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", done,
           elapsed, errors, share(taken, done, 0.5), share(taken, done, 0.99));
}

/* When a stream begins. Whole milliseconds would be in step with tokens that come each 20 ms: 50 of them at one instant,
   which is also the one in which a new stream begins, so that the rows would tell how long that burst takes the load's
   own core to send (a first token took 281 us without any proxy, 35 us out of step). By the golden ratio's multiples
   the beginnings, and so the tokens, lie evenly spread and in no pattern. */
static int64_t start_at(int64_t began, long number, long count) {
    double place = number * 0.6180339887498949;
    return began + (int64_t)((number + place - (long)place) * 1e9 / count);
}

static void streams(int port, int count, int tokens, long gap) {
    long capacity = (long)count * tokens, seen = 0, begun = 0, firsts = 0, started = 0;
    int64_t *delays = malloc(capacity * sizeof *delays), *first_tokens = malloc(count * sizeof *first_tokens);
    int64_t began = now(), end = began + 1000000000LL + (int64_t)tokens * gap * 1000 + 3000000000LL;
    struct connection **all = malloc(count * sizeof *all);
    struct epoll_event events[EVENTS];
    char request[256];
    int size = sprintf(request, "GET /stream?%d,%ld HTTP/1.1\r\nHost: bot.example\r\n\r\n", tokens, gap);
    for (int i = 0; i < count; i++) all[i] = watch(dial(port));
    began = now();
    while (now() < end && seen < capacity) {
        int64_t next = started < count ? start_at(began, started, count) : end;
        int ready = wait_events(events, next);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            ssize_t got = recv(c->fd, c->buffer + c->used, BUFFER - 1 - c->used, 0);
            if (got <= 0) {
                if (got == 0 || errno != EAGAIN) epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
                continue;
            }
            int64_t at = now();
            char *stop = c->buffer + c->used + got, *mark, *rest = c->buffer;
            while ((mark = memchr(rest, '@', stop - rest)) && stop - mark > DIGITS) {
                char digits[DIGITS + 1] = {0};
                memcpy(digits, mark + 1, DIGITS);
                if (seen < capacity) delays[seen++] = at - atoll(digits);
                /* Only those that begin while most streams run say how a loaded proxy begins one. */
                if (!c->tokens++ && c->due >= count * 4 / 5) first_tokens[firsts++] = at - c->started;
                rest = mark + 1 + DIGITS;
            }
            c->used = mark ? stop - mark : 0;
            if (c->used) memmove(c->buffer, mark, c->used);
        }
        while (started < count && now() >= start_at(began, started, count)) {
            struct connection *c = all[started];
            c->due = started++;
            c->started = now();
            send_all(c, request, size);
        }
        if (started == count && !begun++) {
            printf("{\"is_running\": true}\n");
            fflush(stdout);
        }
    }
    qsort(delays, seen, sizeof *delays, by_value);
    qsort(first_tokens, firsts, sizeof *first_tokens, by_value);
    printf("{\"expected\": %ld, \"received\": %ld, \"delay_p50_us\": %.1f, \"delay_p99_us\": %.1f, "
           "\"first_token_p50_us\": %.1f}\n", capacity, seen, share(delays, seen, 0.5), share(delays, seen, 0.99),
           share(first_tokens, firsts, 0.5));
}

int main(int argc, char **argv) {
    struct rlimit files = {CONNECTIONS, CONNECTIONS};
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    if ((poller = epoll_create1(0)) < 0) fail("epoll_create1");
    if (argc == 3 && !strcmp(argv[1], "upstream")) upstream(atoi(argv[2]));
    else if (argc == 7 && !strcmp(argv[1], "load"))
        load(atoi(argv[2]), atoi(argv[3]), atof(argv[4]), argv[5], atof(argv[6]));
    else if (argc == 6 && !strcmp(argv[1], "streams")) streams(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atol(argv[5]));
    else return fprintf(stderr, "expected: upstream PORT | load PORT N SECONDS BYTES RATE | streams PORT N TOKENS GAP_US\n"), 2;
    return 0;
}
