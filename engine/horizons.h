/* SPDX-License-Identifier: ISC */
/* Posteriors of the three horizons, tick by tick.  A network with a mean averages its
   features and gives logits per horizon; of any other, the posteriors are averaged here:
     p [n_outputs] of each tick -> 31-bit integers -> sums -> mean [n_outputs]
   Integer sums are exact, so a mean over hours never drifts. */
#ifndef EAR_HORIZONS_H
#define EAR_HORIZONS_H

#include "net.h"

typedef struct ear_horizons ear_horizons;

/* Ticks of the momentary and the short-term horizon, >= 1.  The model must outlive it.
   NULL when memory is short.  [setup] */
ear_horizons *ear_horizons_new(const ear_model *model, uint32_t n_momentary,
                               uint32_t n_short);
void ear_horizons_free(ear_horizons *hz);
void ear_horizons_reset(ear_horizons *hz);

/* The net has just completed a tick: take it into the running sums, of the integrated
   horizon only if it is not gated, and fill p, severity and harsh_kind of the verdict.  A
   horizon of nothing but gated ticks has heard nothing: see ear_verdict.p.  [analysis] */
void ear_horizons_tick(ear_horizons *hz, ear_net *net, bool gated, ear_verdict *v);

/* Whether any tick of a horizon was not gated.  [analysis] */
bool ear_horizons_heard(const ear_horizons *hz, ear_horizon h);

#endif
