/* SPDX-License-Identifier: ISC */
/* From a delivered model to its page. */
#ifndef EAR_TRAIN_PAGE_FILL_H
#define EAR_TRAIN_PAGE_FILL_H

#include "deliver.h"

/* Listen again to the worst mistakes, try silence and noise, write page and pictures into
   d->folder.  model is bytes[0..n); nothing happens when the folder is NULL.  [setup] */
ear_status page_deliver(const delivery *d, const delivered *result, const uint8_t *bytes,
                        size_t n, ear_error *err);

#endif
