/* SPDX-License-Identifier: ISC */
/* Preloaded before PortAudio it does what PortAudio does on a bad day, named by PA_FAULT:
   hang (a stream never closes), quiet (after a second its thread calls nobody, as for an
   unplugged device), abort (then its process dies), overflow (every tenth block says that
   one was lost, the first ninety), flood (once a million frames at a time). */
#include <dlfcn.h>
#include <portaudio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef PaError open_fn(PaStream **, const PaStreamParameters *,
                        const PaStreamParameters *, double, unsigned long, PaStreamFlags,
                        PaStreamCallback *, void *);

static PaStreamCallback *real_callback;
static unsigned long n_blocks;
static time_t begun_s;

static int
is_fault(const char *name)
{
  const char *fault = getenv("PA_FAULT");
  return fault && strcmp(fault, name) == 0;
}

static int
callback(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *time,
         PaStreamCallbackFlags flags, void *user)
{
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  n_blocks++;
  begun_s = begun_s ? begun_s : now.tv_sec;
  const int late = now.tv_sec > begun_s + 1;
  if (late && is_fault("quiet")) {
    return paContinue;
  }
  if (late && is_fault("abort")) {
    abort();
  }
  if (is_fault("overflow") && n_blocks % 10 == 0 && n_blocks <= 90) {
    flags |= paInputOverflow;
  }
  if (is_fault("flood") && n_blocks == 20) {
    static float silence[1000000];
    const float *const much[] = {silence, silence};
    (void)real_callback(much, out, 1000000, time, flags, user);
  }
  return real_callback(in, out, n, time, flags, user);
}

PaError
Pa_OpenStream(PaStream **stream, const PaStreamParameters *in,
              const PaStreamParameters *out, double rate, unsigned long n,
              PaStreamFlags flags, PaStreamCallback *to, void *user)
{
  open_fn *real;
  *(void **)&real = dlsym(RTLD_NEXT, "Pa_OpenStream");
  real_callback = to;
  return real(stream, in, out, rate, n, flags, callback, user);
}

PaError
Pa_CloseStream(PaStream *stream)
{
  PaError (*real)(PaStream *);
  *(void **)&real = dlsym(RTLD_NEXT, "Pa_CloseStream");
  while (is_fault("hang")) {
    (void)pause();
  }
  return real(stream);
}
