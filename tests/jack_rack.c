/* SPDX-License-Identifier: ISC */
/* A JACK client that runs N plugins on noise in each cycle, and counts what comes too
   late: with 0 plugins, what the server and the machine do by themselves.

   usage: jack_rack MODULE N SECONDS
   prints: xruns=X late=L cycles=C verdicts=V, where late counts cycles that took longer
   than their own sound, and verdicts the plugins that have one, be it a minute later */
#include "crowd_host.h"

#include <jack/jack.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_SEATS = 256, MAX_BLOCK = 8192, PATIENCE_S = 60 };

static crowd_seat seat[MAX_SEATS];
static int n_seats;
static float noise[MAX_BLOCK], out[MAX_BLOCK];
static double rate_hz;
static _Atomic uint32_t n_xruns, n_late, n_cycles, n_told;

static int
process(jack_nframes_t n, void *user)
{
  (void)user;
  const double begin_s = crowd_now_s();
  uint32_t told = 0;
  for (int i = 0; i < n_seats; ++i) {
    crowd_run(&seat[i], noise, out, n);
    told += seat[i].value[PORT_HARSH_MOMENTARY] > 0;
  }
  atomic_store(&n_told, told);
  const double took_s = crowd_now_s() - begin_s;
  atomic_fetch_add(&n_late, took_s > n / rate_hz);
  atomic_fetch_add(&n_cycles, 1);
  return 0;
}

static int
on_xrun(void *user)
{
  (void)user;
  atomic_fetch_add(&n_xruns, 1);
  return 0;
}

static bool
fill_seats(const char *module)
{
  bool ok = !n_seats || crowd_open(module);
  for (int i = 0; ok && i < n_seats; ++i) {
    ok = crowd_sit(&seat[i], rate_hz);
  }
  return ok;
}

/* Plugins that have a verdict; on a busy machine cycles are skipped, and it takes longer
   to hear enough. */
static uint32_t
await_verdicts(void)
{
  const double begin_s = crowd_now_s();
  while (atomic_load(&n_told) < (uint32_t)n_seats &&
         crowd_now_s() - begin_s < PATIENCE_S) {
    usleep(10000);
  }
  return atomic_load(&n_told);
}

int
main(int argc, char **argv)
{
  n_seats = argc == 4 ? atoi(argv[2]) : -1;
  if (n_seats < 0 || n_seats > MAX_SEATS) {
    fprintf(stderr, "usage: jack_rack MODULE N SECONDS\n");
    return 2;
  }
  uint32_t random = 1;
  for (int i = 0; i < MAX_BLOCK; ++i) {
    random = random * 1664525u + 1013904223u;
    noise[i] = (float)((int32_t)random >> 8) / 33554432;
  }
  jack_client_t *client = jack_client_open("rack", JackNoStartServer, NULL);
  rate_hz = client ? jack_get_sample_rate(client) : 0;
  if (!client || !fill_seats(argv[1]) ||
      jack_set_process_callback(client, process, NULL) ||
      jack_set_xrun_callback(client, on_xrun, NULL) || jack_activate(client)) {
    fprintf(stderr, "jack_rack: no server, or no plugin\n");
    return 2;
  }
  sleep(1); /* what the start costs is no matter of load */
  atomic_store(&n_xruns, 0);
  atomic_store(&n_late, 0);
  atomic_store(&n_cycles, 0);
  sleep((unsigned)atoi(argv[3]));
  const uint32_t xruns = atomic_load(&n_xruns), late = atomic_load(&n_late);
  const uint32_t cycles = atomic_load(&n_cycles);
  const uint32_t verdicts = await_verdicts();
  jack_deactivate(client);
  for (int i = 0; i < n_seats; ++i) {
    crowd_leave(&seat[i]);
  }
  jack_client_close(client);
  printf("xruns=%u late=%u cycles=%u verdicts=%u\n", xruns, late, cycles, verdicts);
  return 0;
}
