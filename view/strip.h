/* SPDX-License-Identifier: ISC */
/* Meter and flag in a few pixels, for a mixer strip: without cairo, so that it can be
   drawn where cairo is not. */
#ifndef EAR_VIEW_STRIP_H
#define EAR_VIEW_STRIP_H

#include "theme.h"

#include <stdbool.h>
#include <stdint.h>

/* p and threshold 0..1 into pixel[h][stride], 0xffRRGGBB.  Filled square: flagged; ring:
   not; beside it p as a bar, with a line at the threshold.  [any] */
void view_strip(uint32_t *pixel, int w, int h, int stride, const view_theme *th, double p,
                double threshold, bool flag);

#endif
