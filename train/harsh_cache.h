/* SPDX-License-Identifier: ISC */
/* Rendered pools on disk, in parts of a few hundred units, so that a second run with the
   same plan starts at once and one that was killed loses a part at most.  A file is named
   by a digest of all that the part depends on, DEGRADE_REVISION and the model that scored
   it included. */
#ifndef EAR_TRAIN_HARSH_CACHE_H
#define EAR_TRAIN_HARSH_CACHE_H

#include "harsh_pool.h"

/* harsh_pool_render, through the folder `cache` (NULL: no cache).  A file that is not
   whole, or not as it was written, is rendered again; one that cannot be written costs
   nothing but time.  [setup] */
ear_status harsh_cache_render(harsh_pool *pool, const harsh_plan *plan, uint64_t first,
                              uint32_t n_units, const harsh_pool_options *options,
                              const char *cache, ear_error *err);

/* Take all parts out of a folder.  [setup] */
void harsh_cache_clear(const char *cache);

#endif
