/* SPDX-License-Identifier: ISC */
/* A JACK client that plays a file into other clients, each sample exactly once, from the
   block on at which everything is connected.  Channel c goes to the ports c, c +
   channels, c + 2 channels ... of those named.  Ends after the file, or TIMES of it, and
   `tail` seconds of silence.

   usage: jack_player [-f] [-n TIMES] [-t TAIL_S] FILE PORT...
   -f: the server freewheels meanwhile */
#include <jack/jack.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  MAX_CHANNELS = 8,
  SETTLE = 8 /* cycles: the server takes a connection over between two of them */
};

static jack_client_t *client;
static jack_port_t *port[MAX_CHANNELS];
static float *sound; /* [n_frames][n_channels] */
static size_t n_frames, n_channels, n_all, tail;
static size_t next; /* the process callback's */
static atomic_bool go, done, gone;
static atomic_uint n_cycles;

static int
process(jack_nframes_t n, void *user)
{
  (void)user;
  const bool playing = atomic_load(&go);
  for (size_t c = 0; c < n_channels; c++) {
    float *out = jack_port_get_buffer(port[c], n);
    for (size_t i = 0; i < n; i++) {
      const size_t t = next + i;
      out[i] = playing && t < n_all ? sound[t % n_frames * n_channels + c] : 0;
    }
  }
  if (playing) {
    next += n;
    atomic_store(&done, next >= n_all + tail);
  }
  atomic_fetch_add(&n_cycles, 1);
  return 0;
}

static void
on_shutdown(void *user)
{
  (void)user;
  atomic_store(&gone, true);
}

static bool
load(const char *path)
{
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (!file || info.channels > MAX_CHANNELS) {
    return false;
  }
  n_frames = (size_t)info.frames;
  n_channels = (size_t)info.channels;
  sound = malloc(n_frames * n_channels * sizeof *sound);
  const bool ok = sound && sf_readf_float(file, sound, info.frames) == info.frames;
  sf_close(file);
  return ok;
}

static bool
join(void)
{
  client = jack_client_open("player", JackNoStartServer, NULL);
  if (!client) {
    return false;
  }
  jack_set_process_callback(client, process, NULL);
  jack_on_shutdown(client, on_shutdown, NULL);
  for (size_t c = 0; c < n_channels; c++) {
    char name[16];
    snprintf(name, sizeof name, "out_%zu", c + 1);
    port[c] =
        jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    if (!port[c]) {
      return false;
    }
  }
  return jack_activate(client) == 0;
}

/* Until what was connected is heard. */
static void
settle(void)
{
  const unsigned now = atomic_load(&n_cycles);
  while (atomic_load(&n_cycles) - now < SETTLE && !atomic_load(&gone)) {
    usleep(500);
  }
}

static bool
play(int n_ports, char **to, bool freewheel)
{
  for (int p = 0; p < n_ports; p++) {
    if (jack_connect(client, jack_port_name(port[(size_t)p % n_channels]), to[p]) != 0) {
      fprintf(stderr, "jack_player: cannot connect to %s\n", to[p]);
      return false;
    }
  }
  if (freewheel && jack_set_freewheel(client, 1) != 0) {
    return false;
  }
  settle();
  atomic_store(&go, true);
  while (!atomic_load(&done) && !atomic_load(&gone)) {
    usleep(2000);
  }
  return !atomic_load(&gone) && (!freewheel || jack_set_freewheel(client, 0) == 0);
}

int
main(int argc, char **argv)
{
  bool freewheel = false;
  double tail_s = 0;
  size_t times = 1;
  for (int option; (option = getopt(argc, argv, "fn:t:")) != -1;) {
    freewheel = freewheel || option == 'f';
    times = option == 'n' ? (size_t)atol(optarg) : times;
    tail_s = option == 't' ? atof(optarg) : tail_s;
  }
  if (argc - optind < 1 || !load(argv[optind]) || !join()) {
    fprintf(stderr, "jack_player: no file, or no server\n");
    return 2;
  }
  n_all = times * n_frames;
  tail = (size_t)(tail_s * jack_get_sample_rate(client));
  const bool ok = play(argc - optind - 1, argv + optind + 1, freewheel);
  jack_client_close(client);
  free(sound);
  return ok ? 0 : 3;
}
