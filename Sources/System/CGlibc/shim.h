#pragma once
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/signalfd.h>

// GNU extensions of the C library, which Swift's Glibc module leaves out.
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
                                                const char *directory);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static const int CGlibc_POSIX_SPAWN_SETSID = 0x80;

static const uint32_t CGlibc_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;  // typed, so that it can be or-ed
static const uint32_t CGlibc_EPOLLONESHOT = EPOLLONESHOT;
extern int accept4(int, struct sockaddr *, socklen_t *, int);
static inline int CGlibc_accept4(int listener) {
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}
