/* SPDX-License-Identifier: ISC */
/* Where frames lie that are more than memory should hold: in one file without a name,
   mapped, so that the kernel keeps what is in use and fetches the rest from the disk.

   Pointers into it are as good as memory, with the same bits.  The file is gone with the
   process, however that ends. */
#ifndef EAR_TRAIN_FEATURE_STORE_H
#define EAR_TRAIN_FEATURE_STORE_H

#include "../engine/earshot.h"

typedef struct feature_store feature_store;

/* folder: on whose disk the file lies; NULL: $TMPDIR, else /var/tmp.  memory: bytes that
   may stay in memory; 0: a third of what the machine has.  [setup] */
ear_status feature_store_new(feature_store **s, const char *folder, uint64_t memory);
void feature_store_free(feature_store *s);

/* Account for n bytes from malloc at *at: either they stay, or they are moved to the
   file, freed, and *at points there.  *moved says which: what was moved is never freed.
   Fails, with nothing changed, when the disk is full.  [any] */
ear_status feature_store_keep(feature_store *s, void **at, size_t n, bool *moved,
                              ear_error *err);

/* Bytes in the file so far.  [any] */
uint64_t feature_store_moved(feature_store *s);

#endif
