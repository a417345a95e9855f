/* SPDX-License-Identifier: ISC */
/* Whatever fails on the way, stdout and stderr end as they were. */
#include "hush.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* What fd was, or -1 if it could not be kept and stays as it is. */
static int
lead_away(int fd, int away)
{
  const int was = away < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (was >= 0) {
    (void)dup2(away, fd);
  }
  return was;
}

static void
lead_back(int fd, int was)
{
  if (was >= 0) {
    (void)dup2(was, fd);
    (void)close(was);
  }
}

hush
hush_begin(bool talk)
{
  (void)fflush(stdout); /* ours goes where it belongs, theirs does not */
  (void)fflush(stderr);
  const int away = talk ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
  const hush h = {.out = lead_away(STDOUT_FILENO, away),
                  .err = lead_away(STDERR_FILENO, away)};
  if (away >= 0) {
    (void)close(away);
  }
  return h;
}

void
hush_end(hush *h)
{
  (void)fflush(stdout);
  (void)fflush(stderr);
  lead_back(STDOUT_FILENO, h->out);
  lead_back(STDERR_FILENO, h->err);
}
