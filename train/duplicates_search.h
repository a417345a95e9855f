/* SPDX-License-Identifier: ISC */
/* Near copies by their prints. */
#ifndef EAR_TRAIN_DUPLICATES_SEARCH_H
#define EAR_TRAIN_DUPLICATES_SEARCH_H

#include "duplicates.h"

/* near[i] of clips with first[i] == i: the earliest clip that i is like, common_s 0 if
   there is none.  Other clips are left out.  All cores.  [setup] */
ear_status duplicates_search(duplicate *near, const inspection *k, const uint32_t *first,
                             uint32_t n_clips);

#endif
