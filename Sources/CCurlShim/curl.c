#define _GNU_SOURCE  // pthread_setname_np; must come before the first header
#include <curl/curl.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CCurlShim.h"

// The variadic functions must be called as such; the header's checking macros want the real names.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

// What is used of the library.
static struct {
  CURLcode (*global_init)(long);
  CURL *(*easy_init)(void);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
  void (*easy_cleanup)(CURL *);
  const char *(*easy_strerror)(CURLcode);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
  CURLM *(*multi_init)(void);
  CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
  CURLMcode (*multi_add_handle)(CURLM *, CURL *);
  CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
  CURLMcode (*multi_perform)(CURLM *, int *);
  CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int, int *);
  CURLMcode (*multi_wakeup)(CURLM *);
  CURLMsg *(*multi_info_read)(CURLM *, int *);
  CURLMcode (*multi_cleanup)(CURLM *);
} api;

static const char *load_problem;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void) {
  static const char *const names[] = {
#ifdef __APPLE__
    "libcurl.4.dylib", "/usr/lib/libcurl.4.dylib",
#else
    "libcurl.so.4", "libcurl-gnutls.so.4",
#endif
  };
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && library == NULL; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) {
    load_problem = "libcurl is not installed (Debian's package is libcurl4)";
    return;
  }
  const struct { const char *name; void **place; } symbols[] = {
    {"curl_global_init", (void **)&api.global_init},
    {"curl_easy_init", (void **)&api.easy_init},
    {"curl_easy_setopt", (void **)&api.easy_setopt},
    {"curl_easy_getinfo", (void **)&api.easy_getinfo},
    {"curl_easy_cleanup", (void **)&api.easy_cleanup},
    {"curl_easy_strerror", (void **)&api.easy_strerror},
    {"curl_slist_append", (void **)&api.slist_append},
    {"curl_slist_free_all", (void **)&api.slist_free_all},
    {"curl_multi_init", (void **)&api.multi_init},
    {"curl_multi_setopt", (void **)&api.multi_setopt},
    {"curl_multi_add_handle", (void **)&api.multi_add_handle},
    {"curl_multi_remove_handle", (void **)&api.multi_remove_handle},
    {"curl_multi_perform", (void **)&api.multi_perform},
    {"curl_multi_poll", (void **)&api.multi_poll},
    {"curl_multi_wakeup", (void **)&api.multi_wakeup},
    {"curl_multi_info_read", (void **)&api.multi_info_read},
    {"curl_multi_cleanup", (void **)&api.multi_cleanup},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    *symbols[i].place = dlsym(library, symbols[i].name);
    if (*symbols[i].place == NULL) {
      load_problem = "libcurl is too old (7.68 or newer is needed)";
      return;
    }
  }
  if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) load_problem = "libcurl does not start";
}

const char *uc_curl_load(void) {
  pthread_once(&load_once, load);
  return load_problem;
}

struct uc_web_loop {
  CURLM *multi;
  uc_web_callbacks callbacks;
  void *context;
};

struct uc_web_transfer {
  uc_web_loop *loop;
  CURL *easy;
  struct curl_slist *headers;
  void *context;
  bool refused;  // an address that may not be connected to
  bool aborted;
  char text[CURL_ERROR_SIZE];
};

static void finish(uc_web_transfer *t) {
  api.easy_cleanup(t->easy);
  api.slist_free_all(t->headers);
  free(t);
}

static int32_t result_of(const uc_web_transfer *t, CURLcode code) {
  if (t->aborted) return UC_WEB_ABORTED;
  switch (code) {
    case CURLE_OK: return UC_WEB_OK;
    case CURLE_COULDNT_RESOLVE_HOST: return UC_WEB_DNS;
    case CURLE_OPERATION_TIMEDOUT: return UC_WEB_TIMEOUT;
    case CURLE_COULDNT_CONNECT: return t->refused ? UC_WEB_FORBIDDEN : UC_WEB_CONNECT;
    case CURLE_GOT_NOTHING: case CURLE_SEND_ERROR: case CURLE_RECV_ERROR: case CURLE_PARTIAL_FILE:
      return UC_WEB_CONNECT;
    case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CONNECT_ERROR: case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER: case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return UC_WEB_TLS;
    default: return UC_WEB_FAILED;
  }
}

static void *run(void *argument) {
  uc_web_loop *loop = argument;
#ifdef __APPLE__
  pthread_setname_np("web");
#else
  pthread_setname_np(pthread_self(), "web");
#endif
  while (loop->callbacks.turn(loop, loop->context)) {
    int running = 0, left = 0;
    api.multi_perform(loop->multi, &running);
    CURLMsg *message;
    while ((message = api.multi_info_read(loop->multi, &left)) != NULL) {
      if (message->msg != CURLMSG_DONE) continue;
      CURLcode code = message->data.result;
      CURL *easy = message->easy_handle;
      uc_web_transfer *t = NULL;
      long status = 0;
      api.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
      api.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      api.multi_remove_handle(loop->multi, easy);
      const char *text = t->text[0] != 0 ? t->text : api.easy_strerror(code);
      loop->callbacks.done(t->context, result_of(t, code), (int32_t)status, text);
      finish(t);
    }
    // Without a transfer it sleeps until it is woken; the library has no timers then.
    api.multi_poll(loop->multi, NULL, 0, running > 0 ? 1000 : 3600000, NULL);
  }
  api.multi_cleanup(loop->multi);
  free(loop);
  return NULL;
}

uc_web_loop *uc_web_start_loop(const uc_web_callbacks *callbacks, void *context) {
  uc_web_loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return NULL;
  loop->callbacks = *callbacks;
  loop->context = context;
  loop->multi = api.multi_init();
  pthread_t thread;
  if (loop->multi == NULL) {
    free(loop);
    return NULL;
  }
  api.multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, 8L);
  if (pthread_create(&thread, NULL, run, loop) != 0) {
    api.multi_cleanup(loop->multi);
    free(loop);
    return NULL;
  }
  pthread_detach(thread);
  return loop;
}

void uc_web_wake(uc_web_loop *loop) { api.multi_wakeup(loop->multi); }

static size_t on_head(char *bytes, size_t size, size_t count, void *argument) {
  uc_web_transfer *t = argument;
  if (t->loop->callbacks.head(t->context, bytes, size * count)) return size * count;
  t->aborted = true;
  return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *argument) {
  uc_web_transfer *t = argument;
  if (t->loop->callbacks.body(t->context, (const uint8_t *)bytes, size * count)) return size * count;
  t->aborted = true;
  return size * count == 0 ? 0 : size * count - 1;
}

// The name has been resolved and this is the address that will be connected to: nothing can change it afterwards.
static curl_socket_t on_open(void *argument, curlsocktype purpose, struct curl_sockaddr *address) {
  uc_web_transfer *t = argument;
  bool allowed = false;
  if (purpose == CURLSOCKTYPE_IPCXN && address->family == AF_INET) {
    const struct sockaddr_in *ip4 = (const struct sockaddr_in *)(const void *)&address->addr;
    allowed = t->loop->callbacks.may_connect(t->context, (const uint8_t *)&ip4->sin_addr, 4);
  } else if (purpose == CURLSOCKTYPE_IPCXN && address->family == AF_INET6) {
    // Only as much of the address as there is place for stands in curl_sockaddr itself; the rest lies behind it.
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)(const void *)&address->addr;
    allowed = t->loop->callbacks.may_connect(t->context, (const uint8_t *)&ip6->sin6_addr, 16);
  }
  if (!allowed) {
    t->refused = true;
    return CURL_SOCKET_BAD;
  }
#ifdef SOCK_CLOEXEC
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  return socket(address->family, address->socktype, address->protocol);
#endif
}

static bool configure(uc_web_transfer *t, const uc_web_request *request) {
  CURL *e = t->easy;
  CURLcode (*set)(CURL *, CURLoption, ...) = api.easy_setopt;
  bool done = set(e, CURLOPT_URL, request->url) == CURLE_OK;
  done = done && set(e, CURLOPT_PRIVATE, t) == CURLE_OK;
  done = done && set(e, CURLOPT_ERRORBUFFER, t->text) == CURLE_OK;
  done = done && set(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
  done = done && set(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
  // A proxy would look the name up itself, and be what is connected to.
  done = done && set(e, CURLOPT_PROXY, "") == CURLE_OK;
  done = done && set(e, CURLOPT_OPENSOCKETFUNCTION, on_open) == CURLE_OK;
  done = done && set(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK;
  done = done && set(e, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK;
  done = done && set(e, CURLOPT_HEADERDATA, t) == CURLE_OK;
  done = done && set(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
  done = done && set(e, CURLOPT_WRITEDATA, t) == CURLE_OK;
  done = done && set(e, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK;
  done = done && set(e, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK;
  done = done && set(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
  // Connections are not shared between requests: each is checked when it is made, for the request that makes it.
  done = done && set(e, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK;
  done = done && set(e, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
  // What these stand for is decompressed while it comes, and counted then.
  set(e, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
#if LIBCURL_VERSION_NUM >= 0x075500
  set(e, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  // A look-up that hangs must not hold up the requests of others when its own is over.
  set(e, CURLOPT_QUICK_EXIT, 1L);
#endif
  // As OpenSSL's own programs do, and Go and Python.
  const char *authorities = getenv("SSL_CERT_FILE");
  if (authorities != NULL && *authorities != 0) done = done && set(e, CURLOPT_CAINFO, authorities) == CURLE_OK;
  for (size_t i = 0; i < request->header_count && done; i++) {
    struct curl_slist *longer = api.slist_append(t->headers, request->headers[i]);
    done = longer != NULL;
    if (done) t->headers = longer;
  }
  done = done && set(e, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
  if (request->body != NULL) {
    done = done && set(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length) == CURLE_OK;
    done = done && set(e, CURLOPT_COPYPOSTFIELDS, request->body) == CURLE_OK;
  }
  if (strcmp(request->method, "HEAD") == 0) done = done && set(e, CURLOPT_NOBODY, 1L) == CURLE_OK;
  return done && set(e, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

uc_web_transfer *uc_web_begin(uc_web_loop *loop, const uc_web_request *request, void *context) {
  uc_web_transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->loop = loop;
  t->context = context;
  t->easy = api.easy_init();
  if (t->easy == NULL) {
    free(t);
    return NULL;
  }
  if (!configure(t, request) || api.multi_add_handle(loop->multi, t->easy) != CURLM_OK) {
    finish(t);
    return NULL;
  }
  return t;
}

void uc_web_cancel(uc_web_loop *loop, uc_web_transfer *t) {
  api.multi_remove_handle(loop->multi, t->easy);
  finish(t);
}
