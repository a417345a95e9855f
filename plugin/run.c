/* SPDX-License-Identifier: ISC */
/* Commands go out before the block that they hold for, the analysis gets the block before
   an output may overwrite it, and the samples are copied as bytes: never computed with.
 */
#include "messages.h"
#include "outputs.h"
#include "trust.h"

#include <string.h>

enum {
  CHUNK = 256, /* samples copied at once, per channel, on the stack */
  SLICE = 256, /* samples analysed at once while freewheeling: few enough that all
                  verdicts on them find room until they are fetched */
};

/* A host's value, which may be anything, made one within [low, high]. */
static float
control(const plugin *pl, port_role role, float low, float high, float otherwise)
{
  const float *port = pl->port[role];
  const float value = port ? *port : otherwise;
  if (value >= low && value <= high) {
    return value;
  }
  return value < low ? low : value > high ? high : otherwise; /* the last: not a number */
}

/* Both inputs are read before either output is written: they may be each other. */
static void
copy_audio(plugin *pl, uint32_t n)
{
  const float *in[] = {pl->port[PORT_IN_LEFT], pl->port[PORT_IN_RIGHT]};
  float *out[] = {pl->port[PORT_OUT_LEFT], pl->port[PORT_OUT_RIGHT]};
  unsigned char chunk[2][CHUNK * sizeof(float)];
  for (uint32_t i = 0; i < n; i += CHUNK) {
    const size_t size = (n - i < CHUNK ? n - i : CHUNK) * sizeof(float);
    for (uint32_t c = 0; c < pl->n_channels; ++c) {
      if (in[c]) {
        memcpy(chunk[c], in[c] + i, size);
      } else {
        memset(chunk[c], 0, size);
      }
    }
    for (uint32_t c = 0; c < pl->n_channels; ++c) {
      if (out[c]) {
        memcpy(out[c] + i, chunk[c], size);
      }
    }
  }
}

/* A result's own flags, changed by the ports where they speak of them. */
static ear_flag_config
flags(const plugin *pl, uint32_t which, const slot_result *result)
{
  ear_flag_config flag = result->flag;
  flag.hold_ms = pl->set_hold;
  flag.event_horizon = (ear_horizon)pl->set_horizon;
  for (uint32_t l = 0; l < result->n_labels; ++l) {
    if (which == SLOT_HARSHNESS && pl->set_threshold > 0 && flag.threshold[l] <= 1) {
      flag.threshold[l] = pl->set_threshold / 100;
    }
  }
  return flag;
}

static void
take_result(plugin *pl, uint32_t which)
{
  if (pl->slot[which] && !pl->next[which]) {
    pl->next[which] = slot_take(pl->slot[which]);
  }
  slot_result *next = pl->next[which];
  if (!next) {
    return;
  }
  if (next->part) {
    const ear_flag_config flag = flags(pl, which, next);
    if (!ear_live_swap(pl->live, next->part, &flag)) {
      return;
    }
    next->part = NULL;
    plugin_forget(pl, which);
  }
  if (pl->result[which]) {
    slot_give_back(pl->slot[which], pl->result[which]);
    pl->tidy_due[which] = true;
  }
  pl->result[which] = next;
  pl->next[which] = NULL;
  messages_result(pl, which);
}

static void
read_controls(plugin *pl)
{
  const float threshold = control(pl, PORT_THRESHOLD, 0, 100, 0);
  const float hold = control(pl, PORT_HOLD, 0, 5000, 500);
  const float horizon = (float)(int)(control(pl, PORT_HORIZON, 0, 2, 1) + 0.5f);
  pl->flags_due |= threshold != pl->set_threshold || hold != pl->set_hold ||
                   horizon != pl->set_horizon;
  pl->set_threshold = threshold;
  pl->set_hold = hold;
  pl->set_horizon = horizon;
  const bool reset = control(pl, PORT_RESET, 0, 1, 0) > 0;
  const bool enabled = control(pl, PORT_ENABLED, 0, 1, 1) > 0;
  pl->reset_due |= (reset && !pl->was_reset) || (enabled && !pl->was_enabled);
  pl->was_reset = reset;
  pl->was_enabled = enabled;
}

static void
send_commands(plugin *pl)
{
  const slot_result *result = pl->result[SLOT_HARSHNESS];
  if (pl->flags_due && result) {
    const ear_flag_config flag = flags(pl, SLOT_HARSHNESS, result);
    pl->flags_due = !ear_live_set_flags(pl->live, SLOT_HARSHNESS, &flag);
  }
  if (pl->reset_due && ear_live_reset(pl->live)) {
    pl->reset_due = false;
    plugin_forget(pl, SLOT_HARSHNESS);
    plugin_forget(pl, SLOT_CLASSIFIER);
  }
}

/* Push and analyse, as the host waits; first what still waits from before. */
static void
listen_now(plugin *pl, const float *const *in, uint32_t n_in, uint32_t n)
{
  trust_analyse(pl->live);
  outputs_fetch(pl, UINT32_MAX);
  for (uint32_t i = 0; i < n; i += SLICE) {
    const float *at[] = {in[0] + i, n_in > 1 ? in[1] + i : NULL};
    ear_live_push(pl->live, at, n_in, n - i < SLICE ? n - i : SLICE);
    trust_analyse(pl->live);
    outputs_fetch(pl, UINT32_MAX);
  }
}

static void
listen(plugin *pl, uint32_t n)
{
  const float *in[2] = {NULL, NULL};
  uint32_t n_in = 0;
  for (uint32_t c = 0; c < pl->n_channels; ++c) {
    const float *port = pl->port[c ? PORT_IN_RIGHT : PORT_IN_LEFT];
    if (port) {
      in[n_in++] = port;
    }
  }
  if (!n_in) {
    n = 0;
  }
  if (control(pl, PORT_FREEWHEEL, 0, 1, 0) > 0) {
    listen_now(pl, in, n_in, n);
    pl->was_freewheeling = true;
    return;
  }
  if (pl->was_freewheeling) {
    ear_live_resume(pl->live);
    pl->was_freewheeling = false;
  }
  if (n > 0) {
    ear_live_push(pl->live, in, n_in, n);
  }
  outputs_fetch(pl, 8 + n / 64); /* more than the models' verdicts on a block */
}

void
plugin_run(LV2_Handle instance, uint32_t n_samples)
{
  plugin *pl = instance;
  messages_read(pl);
  read_controls(pl);
  take_result(pl, SLOT_HARSHNESS);
  take_result(pl, SLOT_CLASSIFIER);
  if (pl->live) {
    send_commands(pl);
    listen(pl, pl->was_enabled ? n_samples : 0);
    if (!pl->was_enabled) {
      plugin_forget(pl, SLOT_HARSHNESS);
      plugin_forget(pl, SLOT_CLASSIFIER);
    }
  }
  copy_audio(pl, n_samples);
  outputs_write(pl);
  picture_advance(pl, n_samples);
  strip_advance(pl, n_samples);
  messages_write(pl);
}
