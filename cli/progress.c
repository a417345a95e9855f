/* SPDX-License-Identifier: ISC */
/* All state lies behind one mutex; the line is drawn at most five times a second. */
#include "progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
  bool shown;   /* stderr is a terminal and a run is under way */
  bool on_line; /* the line is on the screen now */
  size_t n_files, n_done;
  double n_bytes, bytes_done, seconds_done;
  double begin_s, drawn_s;
} progress;

static double
now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void
progress_begin(size_t n_files, double n_bytes)
{
  if (!isatty(STDERR_FILENO)) {
    return;
  }
  pthread_mutex_lock(&mutex);
  progress.shown = true;
  progress.n_files = n_files;
  progress.n_bytes = n_bytes;
  progress.begin_s = progress.drawn_s = now_s();
  pthread_mutex_unlock(&mutex);
}

static void
draw(double now)
{
  const double passed = now - progress.begin_s;
  (void)fprintf(stderr, "\r\033[K%zu of %zu done, %.0f x real time", progress.n_done,
                progress.n_files, progress.seconds_done / passed);
  const double share = progress.n_bytes > 0 ? progress.bytes_done / progress.n_bytes : 0;
  if (share > 0.01 && share < 1) {
    const double left = passed * (1 - share) / share;
    (void)fprintf(stderr, ", about %.0f:%02.0f left", (double)(int)(left / 60),
                  (double)((int)left % 60));
  }
  (void)fflush(stderr);
  progress.on_line = true;
  progress.drawn_s = now;
}

void
progress_add(double seconds, double bytes)
{
  pthread_mutex_lock(&mutex);
  progress.seconds_done += seconds;
  progress.bytes_done += bytes;
  if (progress.shown) {
    const double now = now_s();
    if (now - progress.drawn_s > 0.2) {
      draw(now);
    }
  }
  pthread_mutex_unlock(&mutex);
}

void
progress_file_done(void)
{
  pthread_mutex_lock(&mutex);
  progress.n_done++;
  pthread_mutex_unlock(&mutex);
}

static void
wipe(void)
{
  if (progress.on_line) {
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    progress.on_line = false;
  }
}

void
progress_wipe(void)
{
  pthread_mutex_lock(&mutex);
  wipe();
  pthread_mutex_unlock(&mutex);
}

void
progress_end(void)
{
  pthread_mutex_lock(&mutex);
  wipe();
  progress.shown = false;
  pthread_mutex_unlock(&mutex);
}
