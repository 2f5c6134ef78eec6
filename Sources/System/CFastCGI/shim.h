#pragma once
#include <fcgiapp.h>

// Not part of Swift's Glibc module: the other half of what the FastCGI server waits with.
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const uint32_t CFastCGI_EXCLUSIVE = EPOLLEXCLUSIVE;  // typed, so that it can be or-ed
static const uint32_t CFastCGI_ONESHOT = EPOLLONESHOT;

// Declared by the system only under _GNU_SOURCE, which comes too late for a module.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
static inline int CFastCGI_accept(int listener) {
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}
