// One transfer by the system's libcurl, which is loaded when the first one is made.
//
// The library is opened by name at run time, so that nothing needs its headers to build or its presence to start.
// The few numbers of options used here are part of its stable binary interface:
// https://github.com/curl/curl/blob/master/include/curl/curl.h

#ifndef CURL_LIBRARY_H
#define CURL_LIBRARY_H

#include <stddef.h>

/// Takes bytes as they come; a return of less than the count ends the transfer.
typedef size_t (*curl_library_receiver)(const char *bytes, size_t count, void *context);

typedef struct {
  const char *url;
  /// `FIRST-LAST`, or NULL for everything.
  const char *range;
  /// Lines `Name: value`.
  const char *const *headers;
  size_t header_count;
  const char *user_agent;
  /// A file of the certificates that are trusted, or NULL for those that the system trusts.
  const char *certificate_file;
  /// Whether a proxy that the environment names may be used.
  int uses_proxy;
  long connect_milliseconds;
  /// A transfer slower than a hundred bytes a second for so long has failed.
  long stall_seconds;
  long total_milliseconds;
  curl_library_receiver receive_header;
  curl_library_receiver receive_body;
  void *context;
} curl_library_request;

typedef struct {
  /// libcurl's code, 0 for success; -1 if the library could not be loaded.
  int code;
  long status;
  char message[256];
  /// Where the answer sends the client, as a whole address; empty if nowhere.
  char redirect[4096];
} curl_library_result;

/// Makes one transfer and waits for its end. Redirects are reported, not followed.
void curl_library_perform(const curl_library_request *request, curl_library_result *result);

#endif
