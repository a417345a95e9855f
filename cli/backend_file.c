/* SPDX-License-Identifier: ISC */
/* A file as if it were played: its thread hands over each block when a sound card would,
   at times counted from the first one, so that no error adds up. */
#include "backend.h"
#include "reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BLOCK = 512 }; /* frames at a time: 11 ms at 48 kHz */

/* Further behind than this, time is not made up for: a pipe was silent, or the process
   was stopped, and a burst of what came meanwhile would only overrun the analysis. */
static const double slack_s = 0.25;

struct backend {
  sink *to;
  reader *r;
  const char *path; /* the command line's */
  uint32_t n_channels;
  double rate_hz;
  float *mono;    /* [READER_BLOCK] */
  float *planar;  /* [n_channels][READER_BLOCK] */
  double begun_s; /* CLOCK_MONOTONIC at which frame 0 was played */
  uint64_t n_played;
  pthread_t thread;
  bool running; /* there is a thread to join */
  atomic_bool stop, ended;
};

static double
now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
sleep_until(double time_s)
{
  struct timespec t = {.tv_sec = (time_t)time_s};
  t.tv_nsec = (long)(1e9 * (time_s - (double)t.tv_sec));
  (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Wait until the n frames that come next have been played. */
static void
wait_for(backend *b, size_t n)
{
  b->n_played += n;
  const double due_s = b->begun_s + (double)b->n_played / b->rate_hz;
  const double late_s = now_s() - due_s;
  if (late_s > slack_s) {
    b->begun_s += late_s;
  } else if (late_s < 0) {
    sleep_until(due_s);
  }
}

/* Channels apart, as a sound card would give them; one of too many is their mean. */
static void
take_apart(backend *b, size_t n)
{
  const float *x = reader_block(b->r);
  if (reader_info_get(b->r)->n_channels != b->n_channels) {
    memcpy(b->planar, b->mono, n * sizeof *b->mono);
    return;
  }
  for (uint32_t c = 0; c < b->n_channels; c++) {
    for (size_t i = 0; i < n; i++) {
      b->planar[(size_t)c * READER_BLOCK + i] = x[i * b->n_channels + c];
    }
  }
}

static void *
play(void *user)
{
  backend *b = user;
  b->begun_s = now_s();
  for (size_t n; (n = reader_read(b->r, b->mono)) > 0 && !atomic_load(&b->stop);) {
    take_apart(b, n);
    for (size_t i = 0; i < n && !atomic_load(&b->stop); i += FILE_BLOCK) {
      const size_t block = n - i < FILE_BLOCK ? n - i : FILE_BLOCK;
      const float *in[MAX_CHANNELS];
      for (uint32_t c = 0; c < b->n_channels; c++) {
        in[c] = b->planar + (size_t)c * READER_BLOCK + i;
      }
      wait_for(b, block);
      sink_push(b->to, in, b->n_channels, block);
    }
  }
  atomic_store(&b->ended, true);
  return NULL;
}

static void
file_close(backend *b)
{
  atomic_store(&b->stop, true);
  if (b->r) {
    reader_stop(b->r);
  }
  if (b->running) {
    (void)pthread_join(b->thread, NULL);
  }
  reader_close(b->r);
  free(b->mono);
  free(b->planar);
  free(b);
}

static bool
open_reader(backend *b, const backend_config *config, ear_error *err)
{
  const char *path = config->device;
  if (!path) {
    return fail(err, "say with --device which file is to be played");
  }
  if (strcmp(path, "-") == 0 && !config->raw) {
    return fail(err, "standard input needs --raw, for example --raw f32le,48000,2");
  }
  b->path = path;
  struct stat st;
  if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
    return fail(err, "%.400s is a folder; name one file", path);
  }
  ear_error why = {""};
  if (!reader_open(&b->r, path, config->raw, &why)) {
    return fail(err, "%.200s: %.300s", path, why.text);
  }
  return true;
}

static bool
file_open(backend **result, const backend_config *config, sink *to, backend_info *info,
          void **memory, ear_error *err)
{
  (void)memory; /* a file has no connections to restore */
  *result = NULL;
  backend *b = calloc(1, sizeof *b);
  if (!b) {
    return fail(err, "there is not enough memory to play a file");
  }
  if (!open_reader(b, config, err)) {
    file_close(b);
    return false;
  }
  const reader_info *file = reader_info_get(b->r);
  b->to = to;
  b->rate_hz = file->rate_hz;
  b->n_channels = file->n_channels <= MAX_CHANNELS ? file->n_channels : 1;
  b->mono = malloc(sizeof(float) * READER_BLOCK);
  b->planar = malloc(sizeof(float) * READER_BLOCK * b->n_channels);
  if (!b->mono || !b->planar) {
    file_close(b);
    return fail(err, "there is not enough memory to play a file");
  }
  *info = (backend_info){
      .rate_hz = b->rate_hz, .n_channels = b->n_channels, .block = FILE_BLOCK};
  (void)snprintf(info->name, sizeof info->name, "%s", config->device);
  *result = b;
  return true;
}

static bool
file_start(backend *b, ear_error *err)
{
  b->running = pthread_create(&b->thread, NULL, play, b) == 0;
  return b->running ? true : fail(err, "there is no thread to play a file with");
}

static backend_state
file_poll(backend *b, ear_error *why)
{
  if (!atomic_load(&b->ended)) {
    return BACKEND_RUNNING;
  }
  ear_error broken = {""};
  why->text[0] = '\0';
  if (!reader_finished_well(b->r, &broken)) {
    (void)fail(why, "%.150s: %.350s", b->path, broken.text);
  }
  return BACKEND_ENDED;
}

static bool
file_answers(const backend_config *config)
{
  return config->device &&
         (strcmp(config->device, "-") == 0 || access(config->device, R_OK) == 0);
}

static uint32_t
file_xruns(const backend *b)
{
  (void)b;
  return 0;
}

static void
file_forget(void *memory)
{
  (void)memory;
}

const backend_api backend_file = {.name = "file",
                                  .answers = file_answers,
                                  .open = file_open,
                                  .start = file_start,
                                  .poll = file_poll,
                                  .xruns = file_xruns,
                                  .close = file_close,
                                  .forget = file_forget};
