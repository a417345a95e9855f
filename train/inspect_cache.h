/* SPDX-License-Identifier: ISC */
/* What was found out about a sound, on disk, one file a sound: <SHA-256 of the file and
   the revision>.look.  What does not check out counts as absent. */
#ifndef EAR_TRAIN_INSPECT_CACHE_H
#define EAR_TRAIN_INSPECT_CACHE_H

#include "inspect.h"

/* folder or sha256 NULL or "": always false.  [any] */
bool inspect_cache_get(inspection *k, const char *folder, const char *sha256);

/* A cache that cannot be written costs time later, nothing else.  [any] */
void inspect_cache_put(const inspection *k, const char *folder, const char *sha256);

#endif
