/* SPDX-License-Identifier: ISC */
/* The plugin many times over in one process, without lilv: each instance has its own
   control ports; the atom ports are those of the thread that runs it. */
#ifndef EAR_TESTS_CROWD_HOST_H
#define EAR_TESTS_CROWD_HOST_H

#include "holdings.h"
#include "ports.h"

#include <lv2/core/lv2.h>
#include <stdbool.h>

typedef struct {
  LV2_Handle handle;
  float value[N_PORTS];
} crowd_seat;

/* Load the module, which stays loaded; false, with a sentence on stderr, if that fails.
   [setup] */
bool crowd_open(const char *module);

/* Start the mono plugin; controls have their defaults.  [setup] */
bool crowd_sit(crowd_seat *seat, double rate_hz);
void crowd_leave(crowd_seat *seat); /* one that is empty is fine */

/* in[0..n) to out[0..n).  [audio, one thread an instance] */
void crowd_run(crowd_seat *seat, const float *in, float *out, uint32_t n);

double crowd_now_s(void); /* CLOCK_MONOTONIC */

#endif
