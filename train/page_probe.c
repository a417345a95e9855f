/* SPDX-License-Identifier: ISC */
/* The signals are the same in every run. */
#include "evaluate.h"
#include "page_listen.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>

enum { PROBE_RATE = 44100, PROBE_N = 6 * PROBE_RATE };

/* White noise through poles and zeros that fall by 3 dB an octave, to 0.05 dB above 9 Hz.
   Source: P. Kellet, music-dsp, 1999. */
static double
pink(rng *r, double state[7])
{
  static const double keep[6] = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};
  static const double take[6] = {0.0555179, 0.0750759, 0.1538520,
                                 0.3104856, 0.5329522, -0.0168980};
  const double white = rng_normal(r);
  double sum = state[6] + 0.5362 * white;
  for (int k = 0; k < 6; ++k) {
    state[k] = keep[k] * state[k] + take[k] * white;
    sum += state[k];
  }
  state[6] = 0.115926 * white;
  return sum;
}

static float
probe_sample(uint32_t which, uint32_t i, rng *r, double state[7])
{
  switch (which) {
  case 0:
    return 0;
  case 1:
    return (float)(0.1 * rng_normal(r));
  case 2:
    return (float)(0.03 * pink(r, state));
  case 3:
    return (float)(0.25 * sin(6.283185307179586 * 1000 * i / PROBE_RATE));
  default:
    return i % PROBE_RATE == 0 ? 0.5f : 0;
  }
}

ear_status
page_probe_all(page_probe probe[PAGE_N_PROBES], ear_model *model, ear_error *err)
{
  static const char *const name[] = {"digital silence", "white noise at -20 dBFS",
                                     "pink noise", "a tone of 1 kHz",
                                     "a click every second"};
  const ear_model_info *info = ear_model_info_get(model);
  float p[EAR_MAX_LABELS], *x = malloc(PROBE_N * sizeof *x);
  ear_status st = x ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t k = 0; k < PAGE_N_PROBES && !st; ++k) {
    rng r = rng_stream(1, 0, k);
    double state[7] = {0};
    for (uint32_t i = 0; i < PROBE_N; ++i) {
      x[i] = probe_sample(k, i, &r, state);
    }
    st = evaluate_signal(p, model, x, PROBE_N, PROBE_RATE, err);
    const uint32_t said = st ? info->n_labels : label_of(p, info->n_labels);
    const double sure = said < info->n_labels ? (double)p[said] : 0;
    probe[k] = (page_probe){name[k], said, sure, false};
    for (uint32_t l = 0; !st && l < info->n_labels; ++l) {
      probe[k].flagged = probe[k].flagged || p[l] >= info->threshold[l];
    }
  }
  free(x);
  return st;
}
