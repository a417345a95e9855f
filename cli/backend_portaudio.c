/* SPDX-License-Identifier: ISC */
/* The parent of capture.c: whatever PortAudio does over there, here a socket ends. */
#include "backend.h"
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the child may look for devices, and how long it may take to end. */
enum { ANSWER_LIMIT_MS = 10000, END_LIMIT_MS = 3000 };

struct backend {
  sink *to;
  pid_t child;
  int socket;
  capture_message message; /* the newest; the thread's once it runs */
  pthread_t thread;
  bool running;        /* there is a thread to join */
  atomic_uint n_xruns; /* the thread writes, main reads */
  atomic_bool lost;    /* set after `why` was filled */
  ear_error why;
};

/* ---- the child ---- */

static bool
spawn(pid_t *child, int socket, const char *what, const backend_config *config)
{
  char n_channels[16];
  (void)snprintf(n_channels, sizeof n_channels, "%u", config->n_channels);
  const char *argv[] = {"earshot",  CAPTURE_COMMAND,
                        what,       config->device ? config->device : "",
                        n_channels, config->client_name ? config->client_name : "earshot",
                        NULL};
  posix_spawn_file_actions_t files;
  if (posix_spawn_file_actions_init(&files) != 0) {
    return false;
  }
  bool ok = posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO) == 0 &&
            posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY,
                                             0) == 0;
  /* ALSA, JACK and PortAudio tell every attempt to open what is not there */
  ok = ok &&
       (config->verbose || posix_spawn_file_actions_addopen(
                               &files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0);
  union { /* posix_spawn takes char *const[] and changes nothing */
    const char **read;
    char *const *given;
  } words = {.read = argv};
  ok =
      ok && posix_spawn(child, "/proc/self/exe", &files, NULL, words.given, environ) == 0;
  (void)posix_spawn_file_actions_destroy(&files);
  return ok;
}

/* Start a child and take one end of the socket that is its standard input. */
static bool
start_child(backend *b, const char *what, const backend_config *config)
{
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return false;
  }
  const bool ok = spawn(&b->child, ends[1], what, config);
  (void)close(ends[1]);
  if (!ok) {
    (void)close(ends[0]);
    return false;
  }
  b->socket = ends[0];
  return true;
}

/* Its end is asked for by closing the socket, and taken if it does not come. */
static void
end_child(backend *b)
{
  if (b->socket >= 0) {
    (void)close(b->socket);
  }
  for (int ms = 0; b->child > 0; ms += 10) {
    if (ms >= END_LIMIT_MS) {
      (void)kill(b->child, SIGKILL);
    }
    const pid_t ended = waitpid(b->child, NULL, ms >= END_LIMIT_MS ? 0 : WNOHANG);
    if (ended == b->child || (ended < 0 && errno != EINTR)) {
      break;
    }
    const struct timespec nap = {.tv_nsec = 10000000};
    (void)nanosleep(&nap, NULL);
  }
}

/* The next message; false if the child is gone or sent nonsense. */
static bool
receive(backend *b)
{
  capture_message *m = &b->message;
  ssize_t got;
  do {
    got = recv(b->socket, m, sizeof *m, 0);
  } while (got < 0 && errno == EINTR);
  const ssize_t head = offsetof(capture_message, u);
  if (got < head || m->n_channels > MAX_CHANNELS) {
    return false;
  }
  if (m->kind == CAPTURE_BLOCK) {
    return (size_t)(got - head) == sizeof(float) * m->n_channels * m->n_frames;
  }
  m->u.text[sizeof m->u.text - 1] = '\0';
  return true;
}

/* What the child answers before it sends blocks: `wanted`, or why not. */
static bool
expect(backend *b, capture_kind wanted, ear_error *err)
{
  for (int ms = 0; ms < ANSWER_LIMIT_MS && !stopping(); ms += 100) {
    struct pollfd waiting = {.fd = b->socket, .events = POLLIN};
    if (poll(&waiting, 1, 100) <= 0) {
      continue;
    }
    if (!receive(b)) {
      return fail(err, "PortAudio broke off; run with -v to see what it says");
    }
    return b->message.kind == wanted ? true : fail(err, "%s", b->message.u.text);
  }
  return fail(err, "PortAudio does not answer");
}

/* ---- the backend ---- */

static void
pa_close(backend *b)
{
  if (b->running) {
    (void)shutdown(b->socket, SHUT_RDWR); /* ends the thread's recv */
    (void)pthread_join(b->thread, NULL);
  }
  end_child(b);
  free(b);
}

static backend *
open_child(const char *what, const backend_config *config, ear_error *err)
{
  backend *b = calloc(1, sizeof *b);
  if (!b) {
    (void)fail(err, "there is not enough memory to open the audio device");
    return NULL;
  }
  b->socket = -1;
  if (!start_child(b, what, config)) {
    (void)fail(err, "PortAudio's process could not be started: %s", strerror(errno));
    pa_close(b);
    return NULL;
  }
  if (!expect(b, CAPTURE_HELLO, err)) {
    pa_close(b);
    return NULL;
  }
  return b;
}

static bool
pa_answers(const backend_config *config)
{
  ear_error err;
  backend *b = open_child("find", config, &err);
  if (b) {
    pa_close(b);
  }
  return b != NULL;
}

static bool
pa_open(backend **result, const backend_config *config, sink *to, backend_info *info,
        void **memory, ear_error *err)
{
  (void)memory; /* a device has no connections to restore */
  backend *b = open_child("open", config, err);
  *result = b;
  if (!b) {
    return false;
  }
  b->to = to;
  *info =
      (backend_info){.rate_hz = b->message.rate_hz, .n_channels = b->message.n_channels};
  (void)snprintf(info->name, sizeof info->name, "%.255s", b->message.u.text);
  return true;
}

static void *
listen_to_child(void *user)
{
  backend *b = user;
  const capture_message *m = &b->message;
  uint64_t n_lost = 0;
  while (receive(b) && m->kind == CAPTURE_BLOCK) {
    const float *in[MAX_CHANNELS];
    for (uint32_t c = 0; c < m->n_channels; c++) {
      in[c] = m->u.x + (size_t)c * m->n_frames;
    }
    if (m->n_lost > n_lost) {
      sink_lost(b->to, m->n_lost - n_lost);
      n_lost = m->n_lost;
    }
    atomic_store_explicit(&b->n_xruns, m->n_overflows, memory_order_relaxed);
    sink_push(b->to, in, m->n_channels, m->n_frames);
  }
  (void)fail(&b->why, "%s", m->kind == CAPTURE_LOST ? m->u.text : "PortAudio broke off");
  atomic_store(&b->lost, true);
  return NULL;
}

static bool
pa_start(backend *b, ear_error *err)
{
  if (send(b->socket, "s", 1, MSG_NOSIGNAL) != 1) {
    return fail(err, "PortAudio broke off before it started");
  }
  if (!expect(b, CAPTURE_STARTED, err)) {
    return false;
  }
  b->running = pthread_create(&b->thread, NULL, listen_to_child, b) == 0;
  return b->running ? true : fail(err, "there is no thread to listen with");
}

static backend_state
pa_poll(backend *b, ear_error *why)
{
  if (!atomic_load(&b->lost)) {
    return BACKEND_RUNNING;
  }
  *why = b->why;
  return BACKEND_LOST;
}

static uint32_t
pa_xruns(const backend *b)
{
  return atomic_load_explicit(&b->n_xruns, memory_order_relaxed);
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
