// TLS of the load, with OpenSSL where its headers are (Debian: libssl-dev). What clients offer is the same for every proxy:
// one version, AES-128-GCM, X25519; certificates are not checked.
#pragma once
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#if __has_include(<openssl/ssl.h>)
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *tls_context;
static SSL_SESSION *tls_session; // the newest; NULL as long as there is none

static int tls_keep(SSL *ssl, SSL_SESSION *session) {
  (void)ssl;
  SSL_SESSION_free(tls_session);
  tls_session = session;
  return 1;
}

static void tls_start(const char *version, bool resume) {
  int number = strcmp(version, "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION;
  tls_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(tls_context, number);
  SSL_CTX_set_max_proto_version(tls_context, number);
  SSL_CTX_set_ciphersuites(tls_context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_cipher_list(tls_context, "ECDHE-ECDSA-AES128-GCM-SHA256");
  SSL_CTX_set1_groups_list(tls_context, "X25519:P-256"); // the second for certificates of TLS 1.2
  SSL_CTX_set_alpn_protos(tls_context, (const unsigned char *)"\x08http/1.1", 9);
  SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(tls_context, 1);
  SSL_CTX_set_quiet_shutdown(tls_context, 1);
  SSL_CTX_set_session_cache_mode(tls_context, resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
  if (resume) SSL_CTX_sess_set_new_cb(tls_context, tls_keep);
}

static SSL *tls_open(int fd) {
  SSL *ssl = SSL_new(tls_context);
  SSL_set_fd(ssl, fd);
  SSL_set_tlsext_host_name(ssl, "bench.example");
  SSL_set_connect_state(ssl);
  if (tls_session) SSL_set_session(ssl, tls_session);
  return ssl;
}

// What the calls below return as those on sockets do. errno: EAGAIN is the socket that must be written to, EINPROGRESS
// the one that must be read.
static ssize_t tls_result(SSL *ssl, int n, bool writing) {
  if (n > 0) return n;
  int error = SSL_get_error(ssl, n);
  if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && !errno)) return 0;
  if (error == SSL_ERROR_WANT_WRITE) errno = EAGAIN;
  else if (error == SSL_ERROR_WANT_READ) errno = writing ? EINPROGRESS : EAGAIN;
  else errno = EPROTO;
  ERR_clear_error();
  return -1;
}

static ssize_t tls_write(SSL *ssl, const void *from, size_t length) {
  return tls_result(ssl, SSL_write(ssl, from, (int)length), true);
}

static ssize_t tls_read(SSL *ssl, void *to, size_t length) {
  errno = 0;
  return tls_result(ssl, SSL_read(ssl, to, (int)length), false);
}

static bool tls_shaking(SSL *ssl) { return SSL_in_init(ssl); }
static bool tls_resumed(SSL *ssl) { return SSL_session_reused(ssl); }

static void tls_close(SSL *ssl) {
  SSL_shutdown(ssl); // quietly: or the session could not be resumed
  SSL_free(ssl);
}

#else
typedef void SSL;
static void tls_start(const char *version, bool resume) {
  (void)version, (void)resume;
  fprintf(stderr, "no OpenSSL here to build with (libssl-dev)\n");
  exit(1);
}
static SSL *tls_open(int fd) { return (void)fd, NULL; }
static ssize_t tls_write(SSL *ssl, const void *from, size_t length) { return (void)ssl, (void)from, (void)length, -1; }
static ssize_t tls_read(SSL *ssl, void *to, size_t length) { return (void)ssl, (void)to, (void)length, -1; }
static bool tls_shaking(SSL *ssl) { return (void)ssl, false; }
static bool tls_resumed(SSL *ssl) { return (void)ssl, false; }
static void tls_close(SSL *ssl) { (void)ssl; }
#endif
