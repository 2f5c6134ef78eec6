#pragma once
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// libcurl is loaded with its first use. It brings thirty libraries, five megabytes and three
// milliseconds with it, and of the functions that may call out most never do.
static inline void *CCurl_find(const char *name) {
  static void *library;
  void *found = __atomic_load_n(&library, __ATOMIC_ACQUIRE);
  if (!found) {
    // Twice the same when two threads come at once.
    found = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    __atomic_store_n(&library, found, __ATOMIC_RELEASE);
  }
  void *function = found ? dlsym(found, name) : NULL;
  if (!function) {
    fprintf(stderr, "libcurl cannot be used: %s\n", dlerror());
    abort();
  }
  return function;
}
#define CCURL(name) ((__typeof__(name) *)CCurl_find(#name))

static inline CURLcode CCurl_global_init(long flags) { return CCURL(curl_global_init)(flags); }
static inline CURL *CCurl_init(void) { return CCURL(curl_easy_init)(); }
static inline void CCurl_cleanup(CURL *handle) { CCURL(curl_easy_cleanup)(handle); }
static inline void CCurl_reset(CURL *handle) { CCURL(curl_easy_reset)(handle); }
static inline CURLcode CCurl_perform(CURL *handle) { return CCURL(curl_easy_perform)(handle); }
static inline const char *CCurl_text(CURLcode code) { return CCURL(curl_easy_strerror)(code); }
static inline struct curl_slist *CCurl_append(struct curl_slist *list, const char *text) {
  return CCURL(curl_slist_append)(list, text);
}
static inline void CCurl_free(struct curl_slist *list) { CCURL(curl_slist_free_all)(list); }

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import.
static inline CURLcode CCurl_setLong(CURL *handle, CURLoption option, long value) {
  return CCURL(curl_easy_setopt)(handle, option, value);
}
static inline CURLcode CCurl_setString(CURL *handle, CURLoption option, const char *value) {
  return CCURL(curl_easy_setopt)(handle, option, value);
}
static inline CURLcode CCurl_setPointer(CURL *handle, CURLoption option, void *value) {
  return CCURL(curl_easy_setopt)(handle, option, value);
}
typedef size_t (*CCurl_writer)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode CCurl_setWriter(CURL *handle, CURLoption option, CCurl_writer value) {
  return CCURL(curl_easy_setopt)(handle, option, value);
}
static inline CURLcode CCurl_responseCode(CURL *handle, long *code) {
  return CCURL(curl_easy_getinfo)(handle, CURLINFO_RESPONSE_CODE, code);
}
