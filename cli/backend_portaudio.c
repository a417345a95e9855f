/* SPDX-License-Identifier: ISC */
/* The callback counts and pushes; all else is the main thread's.  PortAudio is started
   by open and ended by close, because only a start looks for devices anew. */
#include "backend.h"
#include "devices.h"
#include "hush.h"

#include <errno.h>
#include <math.h>
#include <portaudio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A device that gave nothing for so long is gone, though PortAudio may not notice: an
   unplugged one can leave its thread polling for ever. */
static const double quiet_limit_s = 3;
/* What one poll may add to that, so that a stopped process does not lose its device. */
static const double quiet_step_s = 0.5;
/* How long close waits for a driver that hangs. */
enum { CLOSE_LIMIT_S = 5 };

struct backend {
  sink *to;
  uint32_t n_channels;
  bool verbose;
  device_list devices;
  PaStream *stream;
  atomic_uint n_blocks;    /* audio writes, main reads */
  atomic_uint n_overflows; /* likewise */
  unsigned n_seen;         /* blocks at the last poll */
  double polled_s, quiet_s;
  atomic_bool muted; /* close gave up waiting, nothing is pushed any more */
  atomic_bool left;  /* by the first of pa_close, having given up, and the closer */
};

/* A stream that hangs while it is closed holds all of PortAudio. */
static atomic_bool hanging;

static double
now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* [audio] */
static int
on_block(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *time,
         PaStreamCallbackFlags flags, void *user) EAR_RT
{
  (void)out;
  (void)time;
  backend *b = user;
  if (flags & paInputOverflow) {
    (void)atomic_fetch_add_explicit(&b->n_overflows, 1, memory_order_relaxed);
  }
  if (in && !atomic_load_explicit(&b->muted, memory_order_relaxed)) {
    sink_push(b->to, in, b->n_channels, n);
  }
  (void)atomic_fetch_add_explicit(&b->n_blocks, 1, memory_order_relaxed);
  return paContinue;
}

/* The device's default, or the nearest of the usual rates that it takes; 0 if none. */
static double
choose_rate(const PaStreamParameters *parameters, double wanted)
{
  static const double usual[] = {8000,  11025, 16000, 22050,  32000,  44100,
                                 48000, 88200, 96000, 176400, 192000, 384000};
  if (wanted >= 8000 && wanted <= 384000 &&
      Pa_IsFormatSupported(parameters, NULL, wanted) == paFormatIsSupported) {
    return wanted;
  }
  double best = 0;
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    if ((best == 0 || fabs(usual[i] - wanted) < fabs(best - wanted)) &&
        Pa_IsFormatSupported(parameters, NULL, usual[i]) == paFormatIsSupported) {
      best = usual[i];
    }
  }
  return best;
}

static bool
open_stream(backend *b, const device *d, double *rate_hz, ear_error *err)
{
  const PaStreamParameters parameters = {
      .device = d->index,
      .channelCount = (int)b->n_channels,
      .sampleFormat = paFloat32 | paNonInterleaved,
      .suggestedLatency = Pa_GetDeviceInfo(d->index)->defaultHighInputLatency};
  hush h = hush_begin(b->verbose);
  *rate_hz = choose_rate(&parameters, d->rate_hz);
  const PaError failed = *rate_hz == 0
                             ? paInvalidSampleRate
                             : Pa_OpenStream(&b->stream, &parameters, NULL, *rate_hz,
                                             paFramesPerBufferUnspecified,
                                             paClipOff | paDitherOff, on_block, b);
  hush_end(&h);
  if (failed) {
    return fail(err, "%s: %s cannot be opened with %u channels: %s", d->api, d->name,
                b->n_channels, Pa_GetErrorText(failed));
  }
  const PaStreamInfo *info = Pa_GetStreamInfo(b->stream);
  *rate_hz = info && info->sampleRate > 0 ? info->sampleRate : *rate_hz;
  return true;
}

static bool
open_device(backend *b, const backend_config *config, backend_info *info, ear_error *err)
{
  const device *d = device_find(&b->devices, config->device, err);
  if (!d) {
    return false;
  }
  if (config->n_channels > d->n_channels || config->n_channels > MAX_CHANNELS) {
    return fail(err, "%s: %s has %u input channels, not %u; ask for fewer", d->api,
                d->name, d->n_channels, config->n_channels);
  }
  b->n_channels = config->n_channels ? config->n_channels : d->n_channels < 2 ? 1 : 2;
  *info = (backend_info){.n_channels = b->n_channels};
  (void)snprintf(info->name, sizeof info->name, "%s: %s", d->api, d->name);
  return open_stream(b, d, &info->rate_hz, err);
}

static bool
pa_open(backend **result, const backend_config *config, sink *to, backend_info *info,
        void **memory, ear_error *err)
{
  (void)memory; /* a device has no connections to restore */
  *result = NULL;
  if (atomic_load(&hanging)) {
    return fail(err, "the driver of the lost audio device has not let go of it yet");
  }
  backend *b = calloc(1, sizeof *b);
  if (!b) {
    return fail(err, "there is not enough memory to open the audio device");
  }
  b->to = to;
  b->verbose = config->verbose;
  if (!devices_open(&b->devices, config->client_name, b->verbose, err)) {
    free(b);
    return false;
  }
  if (!open_device(b, config, info, err)) {
    devices_close(&b->devices, b->verbose);
    free(b);
    return false;
  }
  *result = b;
  return true;
}

static bool
pa_start(backend *b, ear_error *err)
{
  hush h = hush_begin(b->verbose);
  const PaError failed = Pa_StartStream(b->stream);
  hush_end(&h);
  b->polled_s = now_s();
  b->quiet_s = 0;
  return failed
             ? fail(err, "the audio device does not start: %s", Pa_GetErrorText(failed))
             : true;
}

static backend_state
pa_poll(backend *b, ear_error *why)
{
  const unsigned n = atomic_load_explicit(&b->n_blocks, memory_order_relaxed);
  const double now = now_s();
  b->quiet_s = n != b->n_seen ? 0 : b->quiet_s + fmin(now - b->polled_s, quiet_step_s);
  b->n_seen = n;
  b->polled_s = now;
  if (Pa_IsStreamActive(b->stream) != 1) {
    (void)fail(why, "the audio device is gone");
    return BACKEND_LOST;
  }
  if (b->quiet_s > quiet_limit_s) {
    (void)fail(why, "the audio device has given nothing for %g s", quiet_limit_s);
    return BACKEND_LOST;
  }
  return BACKEND_RUNNING;
}

static uint32_t
pa_xruns(const backend *b)
{
  return atomic_load_explicit(&b->n_overflows, memory_order_relaxed);
}

static void
give_back(backend *b)
{
  free(b->devices.item);
  free(b);
}

/* In a thread of its own, for a driver may hang.  Whoever of this and pa_close comes
   second frees. */
static void *
close_all(void *user)
{
  backend *b = user;
  (void)Pa_AbortStream(b->stream);
  (void)Pa_CloseStream(b->stream);
  (void)Pa_Terminate();
  if (atomic_exchange(&b->left, true)) {
    give_back(b);
    atomic_store(&hanging, false);
  }
  return NULL;
}

static void
pa_close(backend *b)
{
  hush h = hush_begin(b->verbose);
  pthread_t closer;
  struct timespec limit;
  (void)clock_gettime(CLOCK_MONOTONIC, &limit);
  limit.tv_sec += CLOSE_LIMIT_S;
  if (pthread_create(&closer, NULL, close_all, b) != 0) {
    (void)close_all(b);
    give_back(b);
  } else if (pthread_clockjoin_np(closer, NULL, CLOCK_MONOTONIC, &limit) == 0) {
    give_back(b);
  } else {
    (void)pthread_detach(closer);
    atomic_store(&hanging, true);
    atomic_store(&b->muted, true); /* the sink may go before the stream does */
    if (atomic_exchange(&b->left, true)) {
      give_back(b);
      atomic_store(&hanging, false);
    }
  }
  hush_end(&h);
}

static bool
pa_answers(const backend_config *config)
{
  ear_error err;
  device_list list;
  if (atomic_load(&hanging) ||
      !devices_open(&list, config->client_name, config->verbose, &err)) {
    return false;
  }
  const bool found = device_find(&list, config->device, &err) != NULL;
  devices_close(&list, config->verbose);
  return found;
}

static void
pa_forget(void *memory)
{
  (void)memory;
}

const backend_api backend_portaudio = {.name = "portaudio",
                                       .answers = pa_answers,
                                       .open = pa_open,
                                       .start = pa_start,
                                       .poll = pa_poll,
                                       .xruns = pa_xruns,
                                       .close = pa_close,
                                       .forget = pa_forget};
