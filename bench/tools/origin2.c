// The origin of rows over HTTP/2: one thread, one epoll, prior knowledge, just as much of RFC 9113 as proxies need.
//
//   origin2 PORT
//
// A request without a body gets 100 bytes.
// A request with a body is taken for one of gRPC: its first message says in its first eight bytes how many messages to
// answer with and how long they are, both as 32-bit numbers; grpc-status 0 follows.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE };
enum { STREAMS = 1024, IN = 1 << 17, OUT = 1 << 20, FRAME = 9, MAX = 16384 };

struct stream {
  uint32_t id;
  bool grpc, headed, answering;
  uint8_t first[13]; // the prefix of the first message and its first eight bytes
  uint32_t got, messages, size, sent; // sent: bytes of the message under way
  int64_t window;
};

struct connection {
  int fd;
  bool greeted, wants_write;
  uint32_t in_length, out_from, out_length, open, owed;
  int64_t window, initial;
  struct stream streams[STREAMS];
  uint8_t in[IN], out[OUT];
};

static int epoll;

static void put32(uint8_t *to, uint32_t n) { to[0] = n >> 24, to[1] = n >> 16, to[2] = n >> 8, to[3] = n; }
static uint32_t get32(const uint8_t *from) { return (uint32_t)from[0] << 24 | from[1] << 16 | from[2] << 8 | from[3]; }

static uint8_t *frame(struct connection *c, uint32_t length, int type, int flags, uint32_t stream) {
  uint8_t *at = c->out + c->out_length;
  put32(at, length << 8 | type);
  at[4] = flags;
  put32(at + 5, stream);
  c->out_length += FRAME + length;
  return at + FRAME;
}

static void window_update(struct connection *c, uint32_t stream, uint32_t by) {
  put32(frame(c, 4, WINDOW_UPDATE, 0, stream), by);
}

static struct stream *find(struct connection *c, uint32_t id) {
  for (uint32_t i = 0; i < c->open; i++)
    if (c->streams[i].id == id) return &c->streams[i];
  return NULL;
}

static void forget(struct connection *c, struct stream *s) { *s = c->streams[--c->open]; }

static bool room(struct connection *c) { return c->out_length + 2 * MAX < OUT; }

static const uint8_t plain_head[] = {0x88, 0x0f, 0x0d, 3, '1', '0', '0'}; // 200, content-length: 100
static const uint8_t grpc_head[] = "\x88\x0f\x10\x10" "application/grpc";
static const uint8_t grpc_end[] = "\x00\x0b" "grpc-status" "\x01" "0";

// Sends what the windows allow of an answer. True when it is complete.
static bool answer(struct connection *c, struct stream *s) {
  if (!room(c)) return false;
  if (!s->headed) {
    s->headed = true;
    size_t length = s->grpc ? sizeof grpc_head - 1 : sizeof plain_head;
    memcpy(frame(c, length, HEADERS, 4, s->id), s->grpc ? grpc_head : plain_head, length);
  }
  uint32_t whole = s->grpc ? 5 + s->size : 100;
  while (s->messages && room(c)) {
    int64_t most = whole - s->sent;
    if (most > MAX) most = MAX;
    if (most > s->window) most = s->window;
    if (most > c->window) most = c->window;
    if (most <= 0) return false;
    bool end = !s->grpc && s->sent + most == whole;
    uint8_t *to = frame(c, most, DATA, end, s->id);
    if (s->grpc) memset(to, 0, most); else memset(to, 'x', most);
    if (s->grpc && s->sent == 0) put32(to + 1, s->size);
    s->sent += most, s->window -= most, c->window -= most;
    if (s->sent == whole) s->sent = 0, s->messages--;
  }
  if (s->messages) return false;
  if (s->grpc) memcpy(frame(c, sizeof grpc_end - 1, HEADERS, 5, s->id), grpc_end, sizeof grpc_end - 1);
  return true;
}

static void go_on(struct connection *c) {
  for (uint32_t i = 0; i < c->open;) {
    struct stream *s = &c->streams[i];
    if (s->answering && answer(c, s)) forget(c, s); else i++;
  }
}

static void ended(struct connection *c, struct stream *s) {
  s->answering = true;
  s->messages = 1;
  if (s->grpc && s->got >= 13) s->messages = get32(s->first + 5), s->size = get32(s->first + 9);
  if (s->messages == 0 || s->size > 1 << 20) s->messages = 1, s->size = 100;
  if (answer(c, s)) forget(c, s);
}

static bool take(struct connection *c, int type, int flags, uint32_t id, const uint8_t *at, uint32_t length) {
  struct stream *s = find(c, id);
  switch (type) {
  case HEADERS:
    if (s == NULL) {
      if (c->open == STREAMS) return false;
      s = &c->streams[c->open++];
      *s = (struct stream){.id = id, .window = c->initial, .grpc = !(flags & 1)};
    }
    if (flags & 1) ended(c, s);
    return true;
  case DATA:
    c->owed += length;
    if (c->owed > 1 << 15) window_update(c, 0, c->owed), c->owed = 0;
    if (s == NULL) return true;
    if (length > 0 && !(flags & 1)) window_update(c, id, length);
    for (uint32_t i = 0; i < length && s->got < sizeof s->first; i++) s->first[s->got++] = at[i];
    if (flags & 1) ended(c, s);
    return true;
  case RST_STREAM:
    if (s) forget(c, s);
    return true;
  case SETTINGS:
    if (flags & 1) return true;
    for (uint32_t i = 0; i + 6 <= length; i += 6)
      if (at[i] == 0 && at[i + 1] == 4) {
        int64_t by = (int64_t)get32(at + i + 2) - c->initial;
        c->initial += by;
        for (uint32_t k = 0; k < c->open; k++) c->streams[k].window += by;
      }
    frame(c, 0, SETTINGS, 1, 0);
    return true;
  case PING:
    if (!(flags & 1)) memcpy(frame(c, 8, PING, 1, 0), at, 8);
    return true;
  case WINDOW_UPDATE:
    if (id == 0) c->window += get32(at); else if (s) s->window += get32(at);
    go_on(c);
    return true;
  case GOAWAY:
  default:
    return true;
  }
}

static bool parse(struct connection *c) {
  uint32_t at = 0;
  if (!c->greeted) {
    if (c->in_length < 24) return true;
    if (memcmp(c->in, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24)) return false;
    c->greeted = true, at = 24;
    put32(frame(c, 6, SETTINGS, 0, 0) + 2, 1000);
    c->out[c->out_length - 6] = 0, c->out[c->out_length - 5] = 3; // at most 1000 streams
    window_update(c, 0, 1 << 24);
  }
  while (c->in_length - at >= FRAME && room(c)) {
    uint32_t length = get32(c->in + at) >> 8;
    if (length > MAX) return false;
    if (c->in_length - at < FRAME + length) break;
    if (!take(c, c->in[at + 3], c->in[at + 4], get32(c->in + at + 5) & 0x7fffffff, c->in + at + FRAME, length)) return false;
    at += FRAME + length;
  }
  memmove(c->in, c->in + at, c->in_length -= at);
  return true;
}

static bool flush(struct connection *c) {
  while (c->out_from < c->out_length) {
    ssize_t n = send(c->fd, c->out + c->out_from, c->out_length - c->out_from, MSG_NOSIGNAL);
    if (n <= 0) break;
    c->out_from += n;
    if (c->out_from == c->out_length) c->out_from = c->out_length = 0, go_on(c);
  }
  bool wants = c->out_from < c->out_length;
  if (wants != c->wants_write) {
    c->wants_write = wants;
    struct epoll_event e = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
  }
  return true;
}

static bool serve(struct connection *c) {
  ssize_t n = recv(c->fd, c->in + c->in_length, IN - c->in_length, 0);
  if (n == 0) return false;
  if (n > 0) {
    c->in_length += n;
    if (!parse(c)) return false;
  }
  return flush(c);
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : 9000, listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 4096)) return perror("bind"), 1;
  epoll = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, found[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &e);
  for (;;) {
    int count = epoll_wait(epoll, found, 256, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = found[i].data.ptr;
      if (c == NULL) {
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c = calloc(1, sizeof *c);
        c->fd = fd, c->window = c->initial = 65535;
        struct epoll_event in = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &in);
      } else if (!serve(c)) {
        close(c->fd);
        free(c);
      }
    }
  }
}
