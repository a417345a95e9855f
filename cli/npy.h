/* SPDX-License-Identifier: ISC */
/* NumPy's .npy, version 1.0: float32, two dimensions, C order. */
#ifndef NPY_H
#define NPY_H

#include "cli.h"

#include <stdio.h>

/* Write rows[n_frames][n_bands], as they lie in `rows` from its beginning, as an array of
   shape [n_bands, n_frames].  out must be seekable; memory does not depend on n_frames.
   err says why not. */
bool npy_write_transposed(FILE *out, FILE *rows, uint32_t n_bands, uint64_t n_frames,
                          ear_error *err);

#endif
