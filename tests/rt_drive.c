/* SPDX-License-Identifier: ISC */
/* All that changes from run to run comes from one generator: a seed is a session. */
#include "rt_drive.h"

#include <math.h>
#include <string.h>

enum {
  SMALL_BLOCK = 64, /* most blocks are no longer */
  CONTROL_RUNS = 211,
  ASK_RUNS = 1009,      /* runs from one message to the next */
  PICTURE = 4096,       /* bytes of atoms: a scene for a window, or many columns */
  STRETCH = 4096,       /* of runs; in every fourth the analysis can keep up */
  AWAIT_RUNS = 1000000, /* at most: some ten seconds */
  SPIN = 100            /* turns for each sample: some 100 times real time at 48 kHz */
};

typedef struct {
  uint32_t random;
  uint32_t n_asked;
  float was_harsh, was_age;
  float was_status[N_SLOTS];
  float in[2][RT_MAX_BLOCK], out[2][RT_MAX_BLOCK];
} drive;

static uint32_t
draw(drive *d, uint32_t n)
{
  d->random = d->random * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)(d->random >> 8) * n >> 24);
}

static uint32_t
draw_size(drive *d)
{
  switch (draw(d, 4096)) {
  case 0:
    return draw(d, RT_MAX_BLOCK + 1);
  case 1:
    return RT_MAX_BLOCK;
  case 2:
    return 1;
  default:
    return draw(d, 16) ? draw(d, SMALL_BLOCK + 1) : 0;
  }
}

static void
move_controls(drive *d, rt_host *host, bool calm)
{
  rt_host_set(host, PORT_THRESHOLD, (float)draw(d, 101));
  rt_host_set(host, PORT_HOLD, (float)draw(d, 5001));
  rt_host_set(host, PORT_HORIZON, (float)draw(d, 3));
  rt_host_set(host, PORT_ENABLED, calm || draw(d, 16) ? 1 : 0);
  rt_host_set(host, PORT_RESET, !calm && draw(d, 64) == 0);
}

/* Noise, louder and softer by turns; now and then what no sample should be. */
static void
make_sound(drive *d, uint32_t n)
{
  static const float odd[] = {0, 1e-40f, 1e30f, -INFINITY, NAN};
  const float gain = (float)draw(d, 256) / 256 / 8388608;
  for (uint32_t i = 0; i < n; ++i) {
    d->random = d->random * 1664525u + 1013904223u;
    d->in[0][i] = (float)((int32_t)d->random >> 8) * gain;
    d->in[1][i] = (float)((int32_t)(d->random << 12) >> 8) * gain;
  }
  if (n && draw(d, 512) == 0) {
    d->in[draw(d, 2)][draw(d, n)] = odd[draw(d, sizeof odd / sizeof odd[0])];
  }
}

static void
ask(drive *d, rt_host *host, const rt_script *script)
{
  const uint32_t which = d->n_asked / 2 % N_SLOTS;
  const bool own = d->n_asked / 4 % 2 == 0;
  if (d->n_asked % 8 == 3) {
    static const int32_t signs[] = {WIRE_OPENED, WIRE_OPEN, WIRE_OPENED, 0};
    rt_host_watch(host, signs[d->n_asked / 8 % 4]);
  } else if (d->n_asked % 2) {
    rt_host_ask_values(host);
  } else {
    rt_host_ask_model(host, which, own ? script->model[which] : "");
  }
  d->n_asked++;
}

static void
look(drive *d, const rt_host *host, rt_outcome *outcome)
{
  const float harsh = rt_host_get(host, PORT_HARSH_MOMENTARY);
  const float age = rt_host_get(host, PORT_AGE);
  outcome->n_verdicts += harsh > 0 && (harsh != d->was_harsh || age < d->was_age);
  d->was_harsh = harsh;
  d->was_age = age;
  for (int s = 0; s < N_SLOTS; ++s) {
    const float status = rt_host_get(host, (port_role)(PORT_HARSHNESS_STATUS + s));
    outcome->n_own[s] += status != d->was_status[s] && status == SLOT_OWN;
    d->was_status[s] = status;
  }
}

static void
run_once(drive *d, rt_host *host, uint32_t n, rt_outcome *outcome)
{
  static float was[2][RT_MAX_BLOCK];
  const bool in_place = draw(d, 4) == 0;
  const bool crossed = rt_host_n_channels(host) == 2 && draw(d, 16) == 0;
  float *const in[] = {d->in[0], d->in[1]};
  float *const out[] = {in_place ? d->in[crossed] : d->out[0],
                        in_place ? d->in[!crossed] : d->out[1]};
  memcpy(was[0], in[0], n * sizeof(float));
  memcpy(was[1], in[1], n * sizeof(float));
  rt_host_run(host, in, out, n, draw(d, 64) ? RT_ATOMS : draw(d, 256));
  for (uint32_t c = 0; c < rt_host_n_channels(host); ++c) {
    outcome->n_wrong += memcmp(was[c], out[c], n * sizeof(float)) != 0;
  }
  outcome->n_frames += n;
  outcome->n_runs++;
  outcome->n_pictures += rt_host_told_of(host, PICTURE);
  look(d, host, outcome);
}

/* Not by sleeping: the worker has another core, or the kernel takes this one away. */
static void
give_analysis_time(uint32_t n_frames)
{
  for (volatile uint32_t i = 0; i < n_frames * SPIN; ++i) {
  }
}

/* Run until *count grows: the analysis warms up and models load on other threads, and
   without their first answers a short session would be over before there was anything to
   watch. */
static void
await(drive *d, rt_host *host, rt_outcome *outcome, const uint64_t *count)
{
  const uint64_t before = *count;
  for (int i = 0; i < AWAIT_RUNS && *count == before; ++i) {
    make_sound(d, SMALL_BLOCK);
    run_once(d, host, SMALL_BLOCK, outcome);
    give_analysis_time(SMALL_BLOCK);
  }
}

void
rt_drive(rt_host *host, const rt_script *script, rt_outcome *outcome)
{
  static drive state;
  drive *d = &state;
  memset(d, 0, sizeof *d);
  d->random = script->seed;
  rt_host_set(host, PORT_FREEWHEEL, script->pace == RT_FREEWHEEL);
  await(d, host, outcome, &outcome->n_verdicts);
  for (uint32_t m = 0; m < N_SLOTS && script->model[m]; ++m) {
    rt_host_ask_model(host, m, script->model[m]);
    await(d, host, outcome, &outcome->n_own[m]);
  }
  for (uint64_t i = 0; i < script->n_runs; ++i) {
    if (i % CONTROL_RUNS == 0) {
      move_controls(d, host, script->pace == RT_FREEWHEEL);
    }
    if (i % ASK_RUNS == 0 && script->pace != RT_FREEWHEEL) {
      ask(d, host, script);
    }
    const bool wheel = script->pace == RT_FREEWHEEL ||
                       (script->pace == RT_ALTERNATING && i / STRETCH % 2);
    rt_host_set(host, PORT_FREEWHEEL, wheel);
    const uint32_t n = draw_size(d);
    make_sound(d, n);
    run_once(d, host, n, outcome);
    if (i / STRETCH % 4 == 0 && !wheel) {
      give_analysis_time(n);
    }
  }
}
