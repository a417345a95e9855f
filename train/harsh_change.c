/* SPDX-License-Identifier: ISC */
/* Each change is one that nobody would call another sound. */
#include "harsh_change.h"

#include "dsp.h"

#include <string.h>

const char *
harsh_change_name(uint32_t which)
{
  static const char *const name[HARSH_N_CHANGES] = {
      "12 dB quieter",        "12 dB louder",      "24 dB quieter",
      "begun a sample later", "begun 10 ms later", "polarity turned round",
      "at 44.1 or 48 kHz",    "at 96 kHz"};
  return name[which];
}

static void
begin_later(audio *a, size_t n)
{
  if (n < a->n_frames) {
    a->n_frames -= n;
    memmove(a->x, a->x + n * a->n_channels, a->n_frames * a->n_channels * sizeof *a->x);
  }
}

ear_status
harsh_change(audio *to, const audio *from, uint32_t which)
{
  ear_status st = dsp_copy(to, from);
  if (st) {
    return st;
  }
  switch (which) {
  case 0:
    dsp_gain(to, db_to_gain(-12));
    break;
  case 1:
    dsp_gain(to, db_to_gain(12));
    break;
  case 2:
    dsp_gain(to, db_to_gain(-24));
    break;
  case 3:
    begin_later(to, 1);
    break;
  case 4:
    begin_later(to, (size_t)(0.010 * to->rate_hz));
    break;
  case 5:
    dsp_gain(to, -1);
    break;
  case 6:
    st = dsp_resample(to, from->rate_hz == 48000 ? 44100 : 48000);
    break;
  default:
    st = dsp_resample(to, 96000);
  }
  if (st) {
    audio_free(to);
  }
  return st;
}
