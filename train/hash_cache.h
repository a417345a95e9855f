/* SPDX-License-Identifier: ISC */
/* The hashes of a data set's files, kept so that files which did not change are not read
   again: one file a data set in the cache, <SHA-256 of its path>.hashes,
     "EARHASH1", entries (uint64), SHA-256 of the entries (32 bytes), entries
   in this machine's byte order, whole under its name or not at all.

   An entry counts while size, both times and number of its file are what they were before
   and after it was read; the time of change cannot be set back by programs.  A file that
   changed within seconds before it was read is read again the next time: another change
   might bear the same time. */
#ifndef EAR_TRAIN_HASH_CACHE_H
#define EAR_TRAIN_HASH_CACHE_H

#include "dataset.h"

/* As dataset_hash; of several ranks each reads its part and all know all.  folder: of the
   cache, made if need be; NULL: none.  root: of the data set.  *n_read: files that were
   read, on all ranks.  [setup] */
ear_status hash_cache_take(dataset *ds, const char *folder, const char *root,
                           uint32_t *n_read, ear_error *err);

#endif
