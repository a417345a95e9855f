/* SPDX-License-Identifier: ISC */
/* A JACK client that plays headerless float32 from memory, from its first sample on and
   without a gap, half a second after somebody has connected to all of its outputs.
   usage: jack_feed NAME FILE CHANNELS; it says "ready" and ends by a signal. */
#include <jack/jack.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORTS = 8 };
static jack_port_t *port[MAX_PORTS];
static unsigned n_ports;
static float *samples;                     /* [n_frames][n_ports] */
static size_t n_frames, played, connected; /* frames; `connected` since all ports are */
static size_t patience;                    /* frames from then to the first sample */

static int
process(jack_nframes_t n, void *user)
{
  (void)user;
  unsigned n_connected = 0;
  for (unsigned c = 0; c < n_ports; c++) {
    n_connected += jack_port_connected(port[c]) > 0;
  }
  connected = n_connected == n_ports ? connected + n : 0;
  const size_t left = connected > patience ? n_frames - played : 0;
  const size_t now = n < left ? n : left;
  for (unsigned c = 0; c < n_ports; c++) {
    float *out = jack_port_get_buffer(port[c], n);
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < now; i++) {
      out[i] = samples[(played + i) * n_ports + c];
    }
  }
  played += now;
  return 0;
}

static int
read_samples(const char *path)
{
  FILE *f = fopen(path, "rb");
  if (!f || fseek(f, 0, SEEK_END) != 0) {
    return 0;
  }
  const size_t size = (size_t)ftell(f);
  rewind(f);
  samples = malloc(size + 1);
  n_frames = size / sizeof(float) / n_ports;
  const int read_all = samples && fread(samples, 1, size, f) == size;
  (void)fclose(f);
  return read_all;
}

int
main(int argc, char **argv)
{
  n_ports = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
  if (n_ports < 1 || n_ports > MAX_PORTS || !read_samples(argv[2])) {
    (void)fprintf(stderr, "usage: jack_feed NAME FILE CHANNELS\n");
    return 1;
  }
  sigset_t ends; /* blocked before JACK starts threads */
  (void)sigemptyset(&ends);
  (void)sigaddset(&ends, SIGINT);
  (void)sigaddset(&ends, SIGTERM);
  (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
  jack_client_t *client =
      jack_client_open(argv[1], JackNoStartServer | JackUseExactName, NULL);
  if (!client) {
    (void)fprintf(stderr, "jack_feed: no server, or the name is taken\n");
    return 1;
  }
  patience = jack_get_sample_rate(client) / 2;
  jack_set_process_callback(client, process, NULL);
  for (unsigned c = 0; c < n_ports; c++) {
    char name[16];
    (void)snprintf(name, sizeof name, "out_%u", c + 1);
    port[c] =
        jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  }
  if (jack_activate(client) != 0) {
    return 1;
  }
  (void)puts("ready");
  (void)fflush(stdout);
  int signal = 0;
  (void)sigwait(&ends, &signal);
  return jack_client_close(client); /* a synchronous server would wait for the dead */
}
