/* SPDX-License-Identifier: ISC */
/* stdio takes a write that a signal broke off for a failed one and forgets why any
   failed; so all of it goes through a write of our own, which fails again as it first
   did. */
#include "fd_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

typedef struct {
  int fd, why;
} sink;

static ssize_t
sink_write(void *cookie, const char *from, size_t n)
{
  sink *s = cookie;
  size_t done = 0;
  while (!s->why && done < n) {
    const ssize_t got = write(s->fd, from + done, n - done);
    if (got < 0 && errno != EINTR) {
      s->why = errno;
    }
    done += got > 0 ? (size_t)got : 0;
  }
  errno = s->why;
  return s->why ? 0 : (ssize_t)n; /* 0 is how it fails */
}

static int
sink_seek(void *cookie, off64_t *to, int whence)
{
  const off64_t at = lseek64(((sink *)cookie)->fd, *to, whence);
  *to = at >= 0 ? at : *to;
  return at >= 0 ? 0 : -1;
}

static int
sink_close(void *cookie)
{
  sink *s = cookie;
  const int bad = close(s->fd);
  free(s);
  return bad;
}

FILE *
fd_stream_open(int fd)
{
  sink *s = malloc(sizeof *s);
  FILE *out = NULL;
  if (s) {
    *s = (sink){.fd = fd};
    out = fopencookie(s, "w",
                      (cookie_io_functions_t){
                          .write = sink_write, .seek = sink_seek, .close = sink_close});
  }
  if (!out) {
    free(s);
  } else if (isatty(fd)) {
    (void)setvbuf(out, NULL, _IOLBF, BUFSIZ);
  }
  return out;
}

int
fd_stream_why(FILE *out)
{
  errno = 0;
  if (fflush(out) == 0 && ferror(out)) { /* it has forgotten: let it fail again */
    (void)fputc('\n', out);
    (void)fflush(out);
  }
  return !ferror(out) ? 0 : errno ? errno : EIO;
}
