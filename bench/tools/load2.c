// The load over HTTP/2 that h2load has no words for: WebSockets as streams (RFC 8441), and connections that are idle.
// Prior knowledge, one thread, one epoll; just as much of RFC 9113 as proxies need. Prints one line of JSON.
//
//   load2 -p PORT [options]
//     -c N   connections (4)      -m N   WebSockets on each (16)      -s N   bytes of a message that is echoed (64)
//     -d S   seconds that count (5)      -w S  seconds before them (1)      -P PID[,PID]  as load has it
//     -i     open the connections, one request on each, then keep them idle until stdin ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE };
enum { STREAMS = 256, IN = 1 << 16, OUT = 1 << 16, FRAME = 9, ENABLE_CONNECT = 8 };

struct stream {
  bool open;
  uint32_t missing, owed; // bytes of the answer under way; bytes taken that the peer may send again
  uint64_t due;
};

struct connection {
  int fd;
  bool closed;
  uint32_t in_length, out_length, owed;
  struct stream *streams; // the i-th has the id 2 i + 1
  uint8_t *in;            // the part of a frame that came last
};

static struct {
  int port, connections, streams, message;
  double seconds, warm;
  bool idle;
} o = {.connections = 4, .streams = 16, .message = 64, .seconds = 5, .warm = 1};

static int epoll;
static uint8_t in[IN], out[OUT];

static void put32(uint8_t *to, uint32_t n) { to[0] = n >> 24, to[1] = n >> 16, to[2] = n >> 8, to[3] = n; }
static uint32_t get32(const uint8_t *from) { return (uint32_t)from[0] << 24 | from[1] << 16 | from[2] << 8 | from[3]; }

static uint8_t *frame(struct connection *c, uint32_t length, int type, int flags, uint32_t stream) {
  if (c->out_length + FRAME + length > OUT) die("load2: too much to send at once");
  uint8_t *at = out + c->out_length;
  put32(at, length << 8 | type);
  at[4] = flags;
  put32(at + 5, stream);
  c->out_length += FRAME + length;
  return at + FRAME;
}

static void window_update(struct connection *c, uint32_t stream, uint32_t by) {
  put32(frame(c, 4, WINDOW_UPDATE, 0, stream), by);
}

static void drop(struct connection *c, const char *why, const char *detail) {
  if (c->closed) return;
  failed(why, detail);
  close(c->fd);
  c->closed = true;
}

// A field that no table gets: its name as an index of the static table, or in full.
static size_t field(uint8_t *to, int index, const char *name, const char *value) {
  size_t at = 0;
  to[at++] = index;
  if (!index) to[at++] = strlen(name), memcpy(to + at, name, strlen(name)), at += strlen(name);
  to[at++] = strlen(value), memcpy(to + at, value, strlen(value));
  return at + strlen(value);
}

static void request(struct connection *c, int i) {
  uint8_t block[256];
  size_t length = 0;
  if (o.idle) {
    block[length++] = 0x82; // :method GET
  } else {
    length += field(block + length, 2, NULL, "CONNECT");
    length += field(block + length, 0, ":protocol", "websocket");
  }
  block[length++] = 0x86; // :scheme http
  length += field(block + length, 4, NULL, "/100");
  length += field(block + length, 1, NULL, "bench.example");
  if (!o.idle) length += field(block + length, 0, "sec-websocket-version", "13");
  memcpy(frame(c, length, HEADERS, o.idle ? 5 : 4, 2 * i + 1), block, length);
  c->streams[i].due = now();
}

// A masked binary frame, and a mask of zeros.
static void message(struct connection *c, int i) {
  uint8_t *at = frame(c, o.message + 6, DATA, 0, 2 * i + 1);
  memset(at, 0, o.message + 6);
  at[0] = 0x82, at[1] = 0x80 | o.message;
  counts.bytes_out += o.message + 6;
  c->streams[i].missing = o.message + 2;
  c->streams[i].due = now();
}

static void settings(struct connection *c, int flags, const uint8_t *at, uint32_t length) {
  if (flags & 1) return;
  bool connect = false;
  for (uint32_t i = 0; i + 6 <= length; i += 6)
    if (at[i] == 0 && at[i + 1] == ENABLE_CONNECT) connect = get32(at + i + 2) == 1;
  frame(c, 0, SETTINGS, 1, 0);
  if (c->streams[0].due) return;
  if (!o.idle && !connect) {
    fprintf(stderr, "takes no WebSockets over HTTP/2\n");
    exit(1);
  }
  for (int i = 0; i < (o.idle ? 1 : o.streams); i++) request(c, i);
}

static void take(struct connection *c, int type, int flags, uint32_t id, const uint8_t *at, uint32_t length) {
  struct stream *s = id & 1 && id / 2 < (uint32_t)o.streams ? &c->streams[id / 2] : NULL;
  switch (type) {
  case HEADERS:
    if (s == NULL || s->open) return;
    s->open = true;
    if (flags & 0x20) at += 5;
    while ((*at & 0xe0) == 0x20) // a new size of the table
      if ((*at++ & 0x1f) == 0x1f) while (*at++ & 0x80) continue;
    if (*at != 0x88) drop(c, "a response other than 200", "");
    else if (!o.idle) message(c, id / 2);
    return;
  case DATA:
    counts.bytes_in += length;
    if ((c->owed += length) > 1 << 14) window_update(c, 0, c->owed), c->owed = 0;
    if (s == NULL) return;
    if (o.idle) {
      if (flags & 1) counts.answered++;
      return;
    }
    if ((s->owed += length) > 1 << 14) window_update(c, id, s->owed), s->owed = 0;
    if (length > s->missing || flags & 1) {
      drop(c, "another answer than the message", "");
    } else if (length && !(s->missing -= length)) {
      counts.answered++;
      record(now() - s->due);
      message(c, id / 2);
    }
    return;
  case SETTINGS: settings(c, flags, at, length); return;
  case PING:
    if (!(flags & 1)) memcpy(frame(c, 8, PING, 1, 0), at, 8);
    return;
  case RST_STREAM:
    if (!o.idle) drop(c, "a stream was reset", "");
    return;
  case GOAWAY: drop(c, "GOAWAY", ""); return;
  default: return;
  }
}

static void flush(struct connection *c) {
  for (uint32_t sent = 0; !c->closed && sent < c->out_length;) {
    ssize_t n = send(c->fd, out + sent, c->out_length - sent, MSG_NOSIGNAL); // blocks: what is sent is small
    if (n < 0) drop(c, "write: ", strerror(errno));
    else sent += n;
  }
  c->out_length = 0;
}

static void serve(struct connection *c) {
  if (c->closed) return;
  if (c->in_length) memcpy(in, c->in, c->in_length);
  ssize_t n = recv(c->fd, in + c->in_length, IN - c->in_length, MSG_DONTWAIT);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) drop(c, n ? "read: " : "closed", n ? strerror(errno) : "");
    return;
  }
  uint32_t at = 0, have = c->in_length + n;
  while (!c->closed && have - at >= FRAME) {
    uint32_t length = get32(in + at) >> 8;
    if (have - at < FRAME + length) break;
    take(c, in[at + 3], in[at + 4], get32(in + at + 5) & 0x7fffffff, in + at + FRAME, length);
    at += FRAME + length;
  }
  c->in_length = have - at;
  if (c->in_length) c->in = realloc(c->in, c->in_length), memcpy(c->in, in + at, c->in_length);
  flush(c);
}

static void poll_until(uint64_t until) {
  struct epoll_event events[256];
  uint64_t t = now(), wait = until > t ? until - t : 0;
  struct timespec timeout = {.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND};
  int n = epoll_pwait2(epoll, events, 256, &timeout, NULL);
  for (int i = 0; i < n; i++) serve(events[i].data.ptr);
}

static void open_it(struct connection *c) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(o.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) die("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
  c->streams = calloc(o.streams, sizeof *c->streams);
  memcpy(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", c->out_length = 24);
  frame(c, 0, SETTINGS, 0, 0);
  flush(c);
  counts.opened++;
}

static void keep_idle(struct connection *all) {
  for (int i = 0; i < o.connections; i++) { // 32 at a time
    open_it(&all[i]);
    if ((i + 1) % 32 == 0 || i == o.connections - 1)
      for (uint64_t limit = now() + 10ull * SECOND; counts.answered + counts.failed < (uint64_t)i + 1 && now() < limit;) poll_until(limit);
  }
  report_idle();
  while (read(0, in, sizeof in) > 0) continue;
}

static void options(int argc, char **argv) {
  for (int c; (c = getopt(argc, argv, "p:c:m:s:d:w:P:i")) != -1;) switch (c) {
    case 'p': o.port = atoi(optarg); break;
    case 'c': o.connections = atoi(optarg); break;
    case 'm': o.streams = atoi(optarg); break;
    case 's': o.message = atoi(optarg); break;
    case 'd': o.seconds = atof(optarg); break;
    case 'w': o.warm = atof(optarg); break;
    case 'P': watch_processes(optarg); break;
    case 'i': o.idle = true; break;
    default: exit(2);
  }
  if (!o.port || o.connections < 1 || o.streams < 1 || o.streams > STREAMS || o.message < 1 || o.message > 125) {
    fprintf(stderr, "load2: -p PORT is missing, or -c, -m or -s out of range\n");
    exit(2);
  }
}

int main(int argc, char **argv) {
  options(argc, argv);
  epoll = epoll_create1(0);
  struct connection *all = calloc(o.connections, sizeof *all);
  if (o.idle) {
    keep_idle(all);
    return 0;
  }
  for (int i = 0; i < o.connections; i++) open_it(&all[i]);
  uint64_t begin = now() + (uint64_t)(o.warm * SECOND), end = begin + (uint64_t)(o.seconds * SECOND);
  while (now() < begin) poll_until(begin);
  begin_counting();
  uint64_t from = now();
  struct cpu before = cpu();
  while (now() < end) poll_until(end);
  struct cpu after = cpu();
  counts.nanoseconds = now() - from;
  report(before, after);
  return 0;
}
