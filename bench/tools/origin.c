// The origin behind the proxies of a bench: one thread, one epoll, nothing allocated per request.
//
//   origin PORT...     GET /N answers with N bytes, POST takes a body of Content-Length and answers with two bytes,
//                      an Upgrade is answered with 101 and what comes then is echoed as WebSocket frames
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD = 8192 };

struct connection {
  int fd;
  bool listener, upgraded, writing;
  int64_t upload;   // bytes of a request's body that are missing
  uint32_t held;    // bytes in buffer
  char answer[160]; // head of the response under way
  uint32_t answer_length;
  uint64_t sent, length; // of the response, head included
  char buffer[HEAD];
};

static char body[1 << 20], scratch[1 << 18];
static int epoll;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &e)) die("epoll_ctl");
}

static struct connection *add(int fd, bool listener) {
  struct connection *c = calloc(1, sizeof *c);
  c->fd = fd;
  c->listener = listener;
  watch(c, EPOLL_CTL_ADD, EPOLLIN);
  return c;
}

static void listen_on(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) die("origin: listen");
  add(fd, true);
}

// True when the response is out, false when the connection has to wait; a broken one is found out by the next read.
static bool send_answer(struct connection *c) {
  while (c->sent < c->length) {
    struct iovec v[2];
    int n = 0;
    uint64_t skip = c->sent;
    if (skip < c->answer_length) v[n++] = (struct iovec){c->answer + skip, c->answer_length - skip}, skip = c->answer_length;
    uint64_t rest = c->length - skip;
    if (rest) v[n++] = (struct iovec){body, rest < sizeof body ? rest : sizeof body};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = n};
    ssize_t w = sendmsg(c->fd, &m, MSG_NOSIGNAL);
    if (w < 0) {
      if (errno == EAGAIN && !c->writing) {
        c->writing = true;
        watch(c, EPOLL_CTL_MOD, EPOLLOUT);
      }
      return false;
    }
    c->sent += w;
  }
  if (c->writing) {
    c->writing = false;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
  }
  return true;
}

static bool answer(struct connection *c, uint64_t size) {
  c->answer_length = snprintf(c->answer, sizeof c->answer,
      "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: application/octet-stream\r\nContent-Length: %lu\r\n\r\n", size);
  c->sent = 0;
  c->length = c->answer_length + size;
  return send_answer(c);
}

// Small masked frames in, the same unmasked out. True when more may be read.
static bool echo(struct connection *c) {
  char out[HEAD];
  size_t length = 0, at = 0;
  while (c->held - at >= 6) {
    size_t payload = c->buffer[at + 1] & 0x7f;
    if (c->held - at < payload + 6) break;
    out[length++] = c->buffer[at];
    out[length++] = (char)payload;
    for (size_t i = 0; i < payload; i++) out[length++] = c->buffer[at + 6 + i] ^ c->buffer[at + 2 + i % 4];
    at += payload + 6;
  }
  memmove(c->buffer, c->buffer + at, c->held -= at);
  return !length || send(c->fd, out, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static uint32_t rotated(uint32_t n, int by) { return n << by | n >> (32 - by); }

// SHA-1 (RFC 3174) of at most 119 bytes.
static void sha1(const char *text, size_t length, uint8_t digest[20]) {
  uint8_t blocks[128] = {0};
  size_t size = length < 56 ? 64 : 128;
  memcpy(blocks, text, length);
  blocks[length] = 0x80, blocks[size - 2] = length * 8 >> 8, blocks[size - 1] = length * 8;
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, w[80];
  for (uint8_t *block = blocks; block < blocks + size; block += 64) {
    for (int i = 0; i < 16; i++) memcpy(&w[i], block + 4 * i, 4), w[i] = ntohl(w[i]);
    for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
      uint32_t next = rotated(a, 5) + f + e + constants[i / 20] + w[i];
      e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 5; i++) h[i] = htonl(h[i]);
  memcpy(digest, h, 20);
}

// Answers with what RFC 6455 section 4.2.2 makes of the key.
static bool upgrade(struct connection *c, const char *key) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char both[61], accept[29] = {0}, yes[256];
  uint8_t digest[21] = {0};
  snprintf(both, sizeof both, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(both, strlen(both), digest);
  for (int i = 0; i < 7; i++) {
    uint32_t three = digest[3 * i] << 16 | digest[3 * i + 1] << 8 | digest[3 * i + 2];
    for (int k = 0; k < 4; k++) accept[4 * i + k] = letters[three >> (18 - 6 * k) & 63];
  }
  accept[27] = '=';
  int length = snprintf(yes, sizeof yes, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                         "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  c->upgraded = true;
  return send(c->fd, yes, length, MSG_NOSIGNAL) > 0;
}

// Answers the requests that are complete in the buffer. False: the connection is over.
static bool serve(struct connection *c) {
  while (c->held) {
    if (c->upgraded) return echo(c);
    char *end = memmem(c->buffer, c->held, "\r\n\r\n", 4);
    if (!end) return c->held < HEAD;
    end[2] = 0;
    uint64_t head = end + 4 - c->buffer, taken = head;
    bool post = c->buffer[0] == 'P', wants_upgrade = strcasestr(c->buffer, "\nupgrade: websocket") != NULL;
    char *size = strchr(c->buffer, '/'), *given = strcasestr(c->buffer, "\nsec-websocket-key: ");
    char key[25] = "";
    if (given) memcpy(key, given + 20, 24);
    uint64_t bytes = size ? strtoull(size + 1, NULL, 10) : 0;
    if (post) {
      char *announced = strcasestr(c->buffer, "\ncontent-length:");
      int64_t upload = announced ? strtoll(announced + 16, NULL, 10) : 0;
      int64_t here = c->held - head < (uint64_t)upload ? (int64_t)(c->held - head) : upload;
      c->upload = upload - here;
      taken += here;
    }
    memmove(c->buffer, c->buffer + taken, c->held -= taken);
    if (wants_upgrade) {
      if (!upgrade(c, key)) return false;
    } else if (post && c->upload) {
      return true;
    } else if (!answer(c, post ? 2 : bytes)) {
      return true; // goes on when it can write
    }
  }
  return true;
}

static bool on_readable(struct connection *c) {
  if (c->upload) { // MSG_TRUNC lets the kernel throw the bytes away
    ssize_t n = recv(c->fd, scratch, c->upload < 1 << 30 ? c->upload : 1 << 30, MSG_TRUNC);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    c->upload -= n;
    if (!c->upload) answer(c, 2);
    return true;
  }
  ssize_t n = recv(c->fd, c->buffer + c->held, HEAD - c->held, 0);
  if (n <= 0) return n < 0 && errno == EAGAIN;
  c->held += n;
  return serve(c);
}

static void accept_all(struct connection *listener) {
  for (int fd, one = 1; (fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    add(fd, false);
  }
}

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, 9);
  memset(body, 'x', sizeof body);
  epoll = epoll_create1(0);
  for (int i = 1; i < argc; i++) listen_on(atoi(argv[i]));
  if (argc < 2) return 2;
  for (struct epoll_event events[512];;) {
    int n = epoll_wait(epoll, events, 512, -1);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (c->listener) {
        accept_all(c);
        continue;
      }
      bool goes_on = c->writing ? !(events[i].events & (EPOLLERR | EPOLLHUP)) && (!send_answer(c) || serve(c)) : on_readable(c);
      if (!goes_on) {
        close(c->fd);
        free(c);
      }
    }
  }
}
