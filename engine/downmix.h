/* SPDX-License-Identifier: ISC */
/* ear_downmix of a part of a block: in[c][first..first + n) -> mono[0..n).  [any] */
#ifndef EAR_DOWNMIX_H
#define EAR_DOWNMIX_H

#include "earshot.h"

void ear_downmix_at(float *mono, const float *const *in, uint32_t n_channels,
                    size_t first, size_t n) EAR_RT;

#endif
