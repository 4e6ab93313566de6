// The load that benches put on a proxy: one thread, one epoll, nothing allocated per request, so that it stays cheaper
// than what it measures. Prints one line of JSON.
//
//   load -p PORT [options]
//     -c N   connections (64)              -d S   seconds that count (5)        -w S  seconds before them (1)
//     -u T   target, /N asks the origin for N bytes (/100)
//     -r N   requests a second, sent when they are due whether or not earlier ones were answered; latency counts from
//            when a request was due. Without -r each connection sends the next request when the last one is answered.
//     -b N   upload N bytes with each request       -x     a new connection for each request
//     -s N   WebSocket: echo messages of N bytes    -i     open the connections, one request on each, then keep them idle
//     -t V   TLS 1.2 or 1.3                         -e     resume the newest session in each new connection
//     -P PID[,PID]  whose CPU time to take at the start and the end of the seconds that count        until stdin ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "measure.h"
#include "tls.h"

enum { HEAD = 4096 };

struct connection {
  int fd;
  SSL *ssl;           // NULL without TLS
  bool open, busy, upgraded, wants_write;
  uint64_t due;       // when its request was due, ns
  uint64_t sent;      // bytes of the request that are sent
  int64_t left;       // bytes of the response that are missing; -1 while its head is not complete
  uint32_t held;      // bytes of an incomplete head
  char head[HEAD];
};

static struct {
  int port, connections, upload, message;
  double seconds, warm, rate;
  const char *target, *tls;
  bool fresh, idle, resume;
} o = {.connections = 64, .seconds = 5, .warm = 1, .target = "/100"};

static struct connection *all;
static struct connection **ready; // a ring of those without a request
static int ready_first, ready_count;
static int epoll;
static char request[HEAD], body[1 << 20], scratch[1 << 18];
static size_t request_length;

static void watch(struct connection *c, bool write) {
  struct epoll_event e = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
  c->wants_write = write;
}

static void make_ready(struct connection *c) {
  ready[(ready_first + ready_count++) % o.connections] = c;
  c->busy = false;
}

static void drop(struct connection *c) {
  if (c->ssl) tls_close(c->ssl);
  c->ssl = NULL;
  if (c->open) close(c->fd);
  c->open = c->upgraded = c->wants_write = false;
}

static void fail(struct connection *c, const char *why, const char *detail) {
  failed(why, detail);
  drop(c);
  make_ready(c);
}

static void connect_it(struct connection *c) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(o.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) die("socket");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
  if (o.tls) c->ssl = tls_open(c->fd);
  c->open = true;
  c->held = 0;
  counts.opened++;
}

static void write_it(struct connection *c) {
  const char *head = c->upgraded ? body : request; // a WebSocket's frame lies in body
  size_t head_length = c->upgraded ? (size_t)o.message + 6 : request_length;
  size_t length = head_length + (c->upgraded ? 0 : o.upload);
  while (c->sent < length) {
    struct iovec v[2] = {0};
    int n = 0;
    size_t skip = c->sent;
    if (skip < head_length) v[n++] = (struct iovec){(char *)head + skip, head_length - skip}, skip = head_length;
    if (length > head_length) { // an upload repeats the same block
      size_t rest = length - skip;
      v[n++] = (struct iovec){body, rest < sizeof body ? rest : sizeof body};
    }
    ssize_t w = c->ssl ? tls_write(c->ssl, v[0].iov_base, v[0].iov_len)
              : n == 1 ? send(c->fd, v[0].iov_base, v[0].iov_len, MSG_NOSIGNAL)
                       : writev(c->fd, v, n);
    if (w <= 0) {
      if (w < 0 && errno == EINPROGRESS) return;
      if (w < 0 && (errno == EAGAIN || errno == ENOTCONN)) {
        if (!c->wants_write) watch(c, true);
        return;
      }
      fail(c, "write: ", strerror(errno));
      return;
    }
    c->sent += w;
    counts.bytes_out += w;
  }
  if (c->wants_write) watch(c, false);
}

static void start(struct connection *c, uint64_t due) {
  c->busy = true;
  c->due = due;
  c->sent = 0;
  c->left = c->upgraded ? o.message + 2 : -1;
  if (!c->open) connect_it(c), c->left = -1;
  write_it(c);
}

// The request is answered.
static void finish(struct connection *c) {
  if (o.message && !c->upgraded) { // the answer to the upgrade: not a message yet
    c->upgraded = true;
    c->sent = 0;
    c->left = o.message + 2;
    write_it(c);
    return;
  }
  counts.answered++;
  if (o.resume && tls_resumed(c->ssl)) counts.resumed++;
  record(now() - c->due);
  if (o.fresh) drop(c);
  make_ready(c);
}

// Length of the body, by the head that ends before `end`; -1: fails.
static int64_t body_length(struct connection *c, char *end) {
  *end = 0;
  const char *expected = o.message ? "HTTP/1.1 101" : "HTTP/1.1 200";
  if (strncmp(c->head, expected, 12)) {
    *strchrnul(c->head, '\r') = 0;
    return -1;
  }
  if (o.message) return 0;
  char *at = strcasestr(c->head, "\ncontent-length:");
  return at ? strtoll(at + 16, NULL, 10) : -1;
}

static ssize_t read_from(struct connection *c, void *to, size_t length, int flags) {
  return c->ssl ? tls_read(c->ssl, to, length < sizeof scratch ? length : sizeof scratch) : recv(c->fd, to, length, flags);
}

// False when there is nothing more to read for now.
static bool read_it(struct connection *c) {
  if (c->left < 0) {
    ssize_t n = read_from(c, c->head + c->held, HEAD - 1 - c->held, 0);
    if (n <= 0) {
      if (n < 0 && errno == EAGAIN) return false;
      fail(c, n ? "read: " : "closed before the response", n ? strerror(errno) : "");
      return false;
    }
    counts.bytes_in += n;
    c->held += n;
    char *end = memmem(c->head, c->held, "\r\n\r\n", 4);
    if (!end) {
      if (c->held == HEAD - 1) fail(c, "head of the response is too long", "");
      return true;
    }
    int64_t length = body_length(c, end + 2);
    if (length < 0) {
      fail(c, "unexpected response: ", c->head);
      return false;
    }
    c->left = length - (c->held - (end + 4 - c->head));
    c->held = 0;
  } else {
    // MSG_TRUNC lets the kernel throw the bytes away: a body costs no copy.
    ssize_t n = read_from(c, scratch, c->left < 1 << 18 ? c->left : 1 << 30, c->left > HEAD ? MSG_TRUNC : 0);
    if (n <= 0) {
      if (n < 0 && errno == EAGAIN) return false;
      fail(c, n ? "read: " : "closed within the response", n ? strerror(errno) : "");
      return false;
    }
    counts.bytes_in += n;
    c->left -= n;
  }
  if (c->left < 0) fail(c, "more bytes than announced", "");
  else if (c->left == 0) finish(c);
  return c->open && c->busy;
}

static void on_event(struct connection *c, uint32_t events) {
  if (!c->open) return;
  if (!c->busy) { // an idle connection was closed by the proxy: no harm, the next request opens another
    drop(c);
    return;
  }
  if (events & EPOLLOUT || (c->ssl && tls_shaking(c->ssl))) write_it(c);
  if (!c->open || !c->busy || (c->ssl && tls_shaking(c->ssl)) || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  while (read_it(c) && c->ssl) continue; // what TLS holds already, epoll does not tell
}

static void poll_until(uint64_t until) {
  struct epoll_event events[512];
  uint64_t t = now();
  uint64_t wait = until > t ? until - t : 0;
  struct timespec timeout = {.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND};
  int n = epoll_pwait2(epoll, events, 512, &timeout, NULL);
  for (int i = 0; i < n; i++) on_event(events[i].data.ptr, events[i].events);
}

// Sends what may be sent until `end`; -r: every `gap` ns from `*next` on.
static void run_until(uint64_t end, uint64_t *next, double gap) {
  static double fraction;
  for (uint64_t t = now(); t < end; t = now()) {
    uint64_t wake = end;
    if (gap == 0) {
      for (int n = ready_count; n > 0; n--) {
        struct connection *c = ready[ready_first];
        ready_first = (ready_first + 1) % o.connections, ready_count--;
        start(c, now());
      }
    } else {
      while (ready_count && *next <= t) {
        struct connection *c = ready[ready_first];
        ready_first = (ready_first + 1) % o.connections, ready_count--;
        start(c, *next);
        fraction += gap;
        *next += (uint64_t)fraction;
        fraction -= (uint64_t)fraction;
      }
      if (ready_count && *next < end) wake = *next;
    }
    poll_until(wake);
  }
}

static void keep_idle(void) {
  int opening = 0;
  for (int i = 0; i < o.connections; i++) { // 32 at a time
    start(&all[i], now());
    ready_count = 0;
    if (++opening % 32 == 0 || i == o.connections - 1)
      for (uint64_t limit = now() + 10ull * SECOND; counts.answered + counts.failed < (uint64_t)i + 1 && now() < limit;) poll_until(limit);
  }
  report_idle();
  while (read(0, scratch, sizeof scratch) > 0) continue;
}

static void options(int argc, char **argv) {
  for (int c; (c = getopt(argc, argv, "p:c:d:w:u:r:b:s:t:P:xie")) != -1;) switch (c) {
    case 'p': o.port = atoi(optarg); break;
    case 'c': o.connections = atoi(optarg); break;
    case 'd': o.seconds = atof(optarg); break;
    case 'w': o.warm = atof(optarg); break;
    case 'u': o.target = optarg; break;
    case 'r': o.rate = atof(optarg); break;
    case 'b': o.upload = atoi(optarg); break;
    case 's': o.message = atoi(optarg); break;
    case 't': o.tls = optarg; break;
    case 'e': o.resume = true; break;
    case 'x': o.fresh = true; break;
    case 'i': o.idle = true; break;
    case 'P': watch_processes(optarg); break;
    default: exit(2);
  }
  if (!o.port || o.connections < 1 || o.message > 125) {
    fprintf(stderr, "load: -p PORT is missing, or -c or -s out of range\n");
    exit(2);
  }
}

static void prepare_request(void) {
  char extra[256] = "";
  if (o.message) {
    snprintf(extra, sizeof extra, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    memset(body, 0, o.message + 6); // a masked binary frame, and a mask of zeros
    body[0] = (char)0x82, body[1] = (char)(0x80 | o.message);
  } else {
    if (o.upload) snprintf(extra, sizeof extra, "Content-Length: %d\r\n", o.upload);
    if (o.fresh) strcat(extra, "Connection: close\r\n");
  }
  request_length = snprintf(request, sizeof request,
      "%s %s HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\nAccept: */*\r\n%s\r\n", o.upload ? "POST" : "GET",
      o.target, extra);
}

int main(int argc, char **argv) {
  options(argc, argv);
  prepare_request();
  if (o.tls) tls_start(o.tls, o.resume);
  prctl(PR_SET_TIMERSLACK, 1000);
  epoll = epoll_create1(0);
  all = calloc(o.connections, sizeof *all);
  ready = calloc(o.connections, sizeof *ready);
  for (int i = 0; i < o.connections; i++) make_ready(&all[i]);
  if (o.idle) {
    keep_idle();
    return 0;
  }
  double gap = o.rate > 0 ? SECOND / o.rate : 0;
  uint64_t next = now(), begin = next + (uint64_t)(o.warm * SECOND), end = begin + (uint64_t)(o.seconds * SECOND);
  run_until(begin, &next, gap);
  begin_counting();
  uint64_t from = now();
  struct cpu before = cpu();
  run_until(end, &next, gap);
  struct cpu after = cpu();
  counts.nanoseconds = now() - from;
  report(before, after);
  return 0;
}
