/* SPDX-License-Identifier: ISC */
/* The same clips give the same patches, whatever the seed. */
#include "patches.h"

#include <stdlib.h>

enum { N_PATCHES = 256 };

ear_status
patches_of(float **patches, uint32_t *n, const dataset *ds, const featureset *fs,
           const band_norm *norm, const recipe *r)
{
  clip_source cs;
  *patches = NULL;
  *n = 0;
  const ear_status st = clip_source_new(&cs, ds, fs, SIDE_TRAIN, norm, r, 0);
  if (st) {
    return st;
  }
  const size_t patch = (size_t)r->frames * ear_front_end_values(&r->front_end);
  float target[EAR_MAX_LABELS];
  cs.per_clip = cs.n_clips ? 1 + (N_PATCHES - 1) / cs.n_clips : 1;
  const example_source all = clip_source_examples(&cs);
  *n = all.n_examples < N_PATCHES ? all.n_examples : N_PATCHES;
  *patches = malloc((*n * patch + 1) * sizeof **patches);
  for (uint32_t i = 0; *patches && i < *n; ++i) {
    const uint32_t which = (uint32_t)((uint64_t)i * all.n_examples / *n);
    all.draw(all.self, 0, which, *patches + i * patch, target);
  }
  clip_source_free(&cs);
  return *patches ? EAR_OK : EAR_NO_MEMORY;
}
