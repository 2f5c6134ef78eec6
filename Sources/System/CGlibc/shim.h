#pragma once
#include <spawn.h>
#include <sys/signalfd.h>

// GNU extensions of the C library, which Swift's Glibc module leaves out.
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
                                                const char *directory);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static const int CGlibc_POSIX_SPAWN_SETSID = 0x80;
