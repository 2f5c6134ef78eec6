#pragma once
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <ucontext.h>

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

// makecontext takes any number of arguments, which Swift does not import. The pointer travels as
// two ints, the only arguments that the standard allows.
static inline void CGlibc_makecontext(ucontext_t *context, void *stack, size_t size,
                                      void (*start)(uint32_t, uint32_t), void *argument) {
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = size;
  context->uc_link = NULL;
  uintptr_t bits = (uintptr_t)argument;
  makecontext(context, (void (*)(void))start, 2, (uint32_t)((uint64_t)bits >> 32),
              (uint32_t)bits);
}
static inline void CGlibc_swapcontext(ucontext_t *from, const ucontext_t *to) {
  swapcontext(from, to);
}
