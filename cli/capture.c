/* SPDX-License-Identifier: ISC */
/* The child: it lives as long as its parent holds the socket, and what hangs or aborts
   here takes nothing else along. */
#include "capture.h"

#include "capture_ring.h"
#include "devices.h"
#include "sink.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <portaudio.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  SOCKET = STDIN_FILENO,
  PUMP_MS = 20,      /* how long a block may wait to be sent: verdicts are slower */
  RING_S = 2,        /* how long the parent may be stopped before something is lost */
  CLOSE_LIMIT_S = 2, /* for a driver that hangs */
};

/* A device that gave nothing for so long is gone, though PortAudio may not notice: an
   unplugged one can leave its thread polling for ever. */
static const double quiet_limit_s = 3;
/* What one look may add to that, so that a stopped process does not lose its device. */
static const double quiet_step_s = 0.5;

typedef struct {
  PaStream *stream;
  capture_ring ring;
  atomic_uint n_blocks, n_overflows; /* audio writes, the pump reads */
  capture_message message;
} capture;

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
  capture *c = user;
  if (flags & paInputOverflow) {
    (void)atomic_fetch_add_explicit(&c->n_overflows, 1, memory_order_relaxed);
  }
  if (in) {
    capture_ring_write(&c->ring, in, n);
  }
  (void)atomic_fetch_add_explicit(&c->n_blocks, 1, memory_order_relaxed);
  return paContinue;
}

/* False if the parent is gone. */
static bool
send_message(const capture_message *m, size_t n_bytes)
{
  const size_t size = offsetof(capture_message, u) + n_bytes;
  ssize_t sent;
  do {
    sent = send(SOCKET, m, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)size;
}

static bool
send_text(capture *c, capture_kind kind, const char *text)
{
  c->message.kind = kind;
  (void)snprintf(c->message.u.text, sizeof c->message.u.text, "%s", text);
  return send_message(&c->message, strlen(c->message.u.text) + 1);
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
open_stream(capture *c, const device *d, uint32_t n_channels, ear_error *err)
{
  const PaStreamParameters parameters = {
      .device = d->index,
      .channelCount = (int)n_channels,
      .sampleFormat = paFloat32 | paNonInterleaved,
      .suggestedLatency = Pa_GetDeviceInfo(d->index)->defaultHighInputLatency};
  double rate_hz = choose_rate(&parameters, d->rate_hz);
  const PaError failed = rate_hz == 0
                             ? paInvalidSampleRate
                             : Pa_OpenStream(&c->stream, &parameters, NULL, rate_hz,
                                             paFramesPerBufferUnspecified,
                                             paClipOff | paDitherOff, on_block, c);
  if (failed) {
    return fail(err, "%s: %s cannot be opened with %u channels: %s", d->api, d->name,
                n_channels, Pa_GetErrorText(failed));
  }
  const PaStreamInfo *info = Pa_GetStreamInfo(c->stream);
  rate_hz = info && info->sampleRate > 0 ? info->sampleRate : rate_hz;
  if (!capture_ring_make(&c->ring, n_channels, (size_t)(RING_S * rate_hz))) {
    return fail(err, "there is not enough memory to listen to %s: %s", d->api, d->name);
  }
  c->message.rate_hz = rate_hz;
  c->message.n_channels = n_channels;
  return true;
}

static bool
open_device(capture *c, const device *d, unsigned n_wanted, ear_error *err)
{
  if (n_wanted > d->n_channels || n_wanted > MAX_CHANNELS) {
    return fail(err, "%s: %s has %u input channels, not %u; ask for fewer", d->api,
                d->name, d->n_channels, n_wanted);
  }
  return open_stream(c, d, n_wanted ? n_wanted : d->n_channels < 2 ? 1 : 2, err);
}

/* All frames that wait, in as few messages as they fit; false if the parent is gone. */
static bool
send_blocks(capture *c)
{
  capture_message *m = &c->message;
  const uint32_t n_channels = c->ring.n_channels;
  m->kind = CAPTURE_BLOCK;
  do {
    m->n_overflows = atomic_load_explicit(&c->n_overflows, memory_order_relaxed);
    m->n_lost = atomic_load_explicit(&c->ring.n_lost, memory_order_relaxed);
    m->n_frames =
        (uint32_t)capture_ring_read(&c->ring, m->u.x, CAPTURE_FLOATS / n_channels);
    if (m->n_frames > 0 && !send_message(m, sizeof(float) * n_channels * m->n_frames)) {
      return false;
    }
  } while (m->n_frames == CAPTURE_FLOATS / n_channels);
  return true;
}

/* Wait so long for the parent: 1 a byte came, 0 nothing, -1 it closed the socket. */
static int
hear_parent(int timeout_ms)
{
  char byte;
  struct pollfd waiting = {.fd = SOCKET, .events = POLLIN};
  if (poll(&waiting, 1, timeout_ms) <= 0) {
    return 0;
  }
  return recv(SOCKET, &byte, 1, MSG_DONTWAIT) > 0 ? 1 : -1;
}

/* Until the parent or the device is gone; false if it is the device, and err says so. */
static bool
pump(capture *c, ear_error *err)
{
  double looked_s = now_s(), quiet_s = 0;
  for (unsigned n_seen = 0;;) {
    if (hear_parent(PUMP_MS) < 0 || !send_blocks(c)) {
      return true;
    }
    const unsigned n = atomic_load_explicit(&c->n_blocks, memory_order_relaxed);
    const double now = now_s();
    quiet_s = n != n_seen ? 0 : quiet_s + fmin(now - looked_s, quiet_step_s);
    n_seen = n;
    looked_s = now;
    if (Pa_IsStreamActive(c->stream) != 1) {
      return fail(err, "the audio device is gone");
    }
    if (quiet_s > quiet_limit_s) {
      return fail(err, "the audio device has given nothing for %g s", quiet_limit_s);
    }
  }
}

/* Good manners towards a JACK server, which would wait for a client that just dies. */
static void
close_all(capture *c, device_list *list)
{
  (void)alarm(CLOSE_LIMIT_S);
  if (c->stream) {
    (void)Pa_AbortStream(c->stream);
    (void)Pa_CloseStream(c->stream);
  }
  devices_close(list, true);
  capture_ring_free(&c->ring);
}

static void
listen_to(capture *c, const device *d, unsigned n_wanted, ear_error *err)
{
  char name[256];
  (void)snprintf(name, sizeof name, "%s: %s", d->api, d->name);
  if (!open_device(c, d, n_wanted, err)) {
    (void)send_text(c, CAPTURE_FAILED, err->text);
    return;
  }
  if (!send_text(c, CAPTURE_HELLO, name) || hear_parent(-1) != 1) {
    return;
  }
  const PaError failed = Pa_StartStream(c->stream);
  if (failed) {
    (void)fail(err, "%s does not start: %s", name, Pa_GetErrorText(failed));
    (void)send_text(c, CAPTURE_FAILED, err->text);
    return;
  }
  if (send_text(c, CAPTURE_STARTED, "") && !pump(c, err)) {
    (void)send_text(c, CAPTURE_LOST, err->text);
    _exit(EXIT_DONE); /* closing what is gone is what hangs and aborts */
  }
}

/* Signals are for the parent, who then closes the socket; its death is ours. */
static void
be_a_child(void)
{
  static const int deaf[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE};
  for (size_t i = 0; i < sizeof deaf / sizeof deaf[0]; i++) {
    (void)signal(deaf[i], SIG_IGN);
  }
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)prctl(PR_SET_DUMPABLE, 0); /* no core file of PortAudio's abort */
}

int
cmd_capture(int argc, char **argv)
{
  static capture c;
  device_list list;
  ear_error err = {""};
  unsigned n_wanted = 0;
  if (argc != 5 || !parse_count(argv[3], 0, MAX_CHANNELS, &n_wanted)) {
    return usage_error("", "'%s' is for earshot itself", CAPTURE_COMMAND);
  }
  be_a_child();
  if (!devices_open(&list, argv[4], true, &err)) {
    (void)send_text(&c, CAPTURE_FAILED, err.text);
    return EXIT_NO_INPUT;
  }
  const device *d = device_find(&list, argv[2][0] ? argv[2] : NULL, &err);
  if (!d) {
    (void)send_text(&c, CAPTURE_FAILED, err.text);
  } else if (strcmp(argv[1], "find") == 0) {
    (void)send_text(&c, CAPTURE_HELLO, d->name);
  } else {
    listen_to(&c, d, n_wanted, &err);
  }
  close_all(&c, &list);
  return EXIT_DONE;
}
