#include "CURLLibrary.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
  OPTION_WRITE_DATA = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_RANGE = 10007,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_USER_AGENT = 10018,
  OPTION_LOW_SPEED_LIMIT = 19,
  OPTION_LOW_SPEED_TIME = 20,
  OPTION_HTTP_HEADER = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_CERTIFICATE_FILE = 10065,
  OPTION_FOLLOW_LOCATION = 52,
  OPTION_NO_SIGNAL = 99,
  OPTION_TIMEOUT_MS = 155,
  OPTION_CONNECT_TIMEOUT_MS = 156,
  OPTION_PROTOCOLS = 181,
  OPTION_PROTOCOLS_STR = 10318,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_HEADER_FUNCTION = 20079,
  INFO_RESPONSE_CODE = 0x200002,
  INFO_REDIRECT_URL = 0x10001F,
  PROTOCOL_HTTP = 1,
  PROTOCOL_HTTPS = 2,
  GLOBAL_DEFAULT = 3,
};

typedef void handle;
typedef void list;

static struct {
  int (*global_init)(long);
  handle *(*easy_init)(void);
  int (*setopt)(handle *, int, ...);
  int (*perform)(handle *);
  int (*getinfo)(handle *, int, ...);
  void (*cleanup)(handle *);
  const char *(*strerror)(int);
  list *(*append)(list *, const char *);
  void (*free_all)(list *);
  int is_loaded;
} curl;

static const char *const names[] = {
  "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib", "/usr/lib/libcurl.4.dylib",
};

static void load(void) {
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return;
  *(void **)&curl.global_init = dlsym(library, "curl_global_init");
  *(void **)&curl.easy_init = dlsym(library, "curl_easy_init");
  *(void **)&curl.setopt = dlsym(library, "curl_easy_setopt");
  *(void **)&curl.perform = dlsym(library, "curl_easy_perform");
  *(void **)&curl.getinfo = dlsym(library, "curl_easy_getinfo");
  *(void **)&curl.cleanup = dlsym(library, "curl_easy_cleanup");
  *(void **)&curl.strerror = dlsym(library, "curl_easy_strerror");
  *(void **)&curl.append = dlsym(library, "curl_slist_append");
  *(void **)&curl.free_all = dlsym(library, "curl_slist_free_all");
  curl.is_loaded = curl.global_init && curl.easy_init && curl.setopt && curl.perform
    && curl.getinfo && curl.cleanup && curl.strerror && curl.append && curl.free_all
    && curl.global_init(GLOBAL_DEFAULT) == 0;
}

struct receivers {
  curl_library_receiver header;
  curl_library_receiver body;
  void *context;
};

static size_t receive_header(char *bytes, size_t size, size_t count, void *context) {
  struct receivers *receivers = context;
  return receivers->header(bytes, size * count, receivers->context);
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *context) {
  struct receivers *receivers = context;
  return receivers->body(bytes, size * count, receivers->context);
}

/// Only HTTP and HTTPS, in the words of new and of old libraries.
static int restrict_protocols(handle *easy) {
  if (curl.setopt(easy, OPTION_PROTOCOLS_STR, "http,https") == 0) return 0;
  return curl.setopt(easy, OPTION_PROTOCOLS, (long)(PROTOCOL_HTTP | PROTOCOL_HTTPS));
}

static int configure(
  handle *easy, const curl_library_request *request, struct receivers *receivers, list *headers,
  char *message
) {
  int code = restrict_protocols(easy);
  code = code ? code : curl.setopt(easy, OPTION_URL, request->url);
  code = code ? code : curl.setopt(easy, OPTION_NO_SIGNAL, 1L);
  code = code ? code : curl.setopt(easy, OPTION_FOLLOW_LOCATION, 0L);
  code = code ? code : curl.setopt(easy, OPTION_ERROR_BUFFER, message);
  code = code ? code : curl.setopt(easy, OPTION_USER_AGENT, request->user_agent);
  code = code ? code : curl.setopt(easy, OPTION_HTTP_HEADER, headers);
  code = code ? code : curl.setopt(easy, OPTION_CONNECT_TIMEOUT_MS, request->connect_milliseconds);
  code = code ? code : curl.setopt(easy, OPTION_TIMEOUT_MS, request->total_milliseconds);
  code = code ? code : curl.setopt(easy, OPTION_LOW_SPEED_LIMIT, 100L);
  code = code ? code : curl.setopt(easy, OPTION_LOW_SPEED_TIME, request->stall_seconds);
  code = code ? code : curl.setopt(easy, OPTION_WRITE_FUNCTION, receive_body);
  code = code ? code : curl.setopt(easy, OPTION_WRITE_DATA, receivers);
  code = code ? code : curl.setopt(easy, OPTION_HEADER_FUNCTION, receive_header);
  code = code ? code : curl.setopt(easy, OPTION_HEADER_DATA, receivers);
  if (!code && request->range) code = curl.setopt(easy, OPTION_RANGE, request->range);
  if (!code && request->certificate_file) {
    code = curl.setopt(easy, OPTION_CERTIFICATE_FILE, request->certificate_file);
  }
  if (!code && !request->uses_proxy) code = curl.setopt(easy, OPTION_PROXY, "");
  return code;
}

static void read_answer(handle *easy, curl_library_result *result) {
  char *redirect = NULL;
  curl.getinfo(easy, INFO_RESPONSE_CODE, &result->status);
  if (curl.getinfo(easy, INFO_REDIRECT_URL, &redirect) != 0 || !redirect) return;
  // An address that does not fit is worse than none.
  if (strlen(redirect) < sizeof result->redirect) strcpy(result->redirect, redirect);
}

void curl_library_perform(const curl_library_request *request, curl_library_result *result) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  memset(result, 0, sizeof *result);
  result->code = -1;
  pthread_once(&once, load);
  if (!curl.is_loaded) return;
  handle *easy = curl.easy_init();
  if (!easy) return;

  list *headers = NULL;
  for (size_t i = 0; i < request->header_count; i++) {
    list *longer = curl.append(headers, request->headers[i]);
    if (longer) headers = longer;
  }
  struct receivers receivers = {
    request->receive_header, request->receive_body, request->context,
  };
  result->code = configure(easy, request, &receivers, headers, result->message);
  if (result->code == 0) result->code = curl.perform(easy);
  read_answer(easy, result);
  if (result->code != 0 && result->message[0] == 0) {
    snprintf(result->message, sizeof result->message, "%s", curl.strerror(result->code));
  }
  curl.cleanup(easy);
  curl.free_all(headers);
}
