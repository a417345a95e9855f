/* SPDX-License-Identifier: ISC */
/* From a judged harshness model to its page, with the worst false alarms and misses as
   sounds beside it. */
#ifndef EAR_TRAIN_HARSH_PAGE_H
#define EAR_TRAIN_HARSH_PAGE_H

#include "harsh_deliver.h"

/* Page, pictures and sounds into d->folder; bytes [n]: the model as it is delivered.
   [setup] */
ear_status harsh_page(const harsh_delivery *d, const harsh_protocol *p,
                      const uint8_t *bytes, size_t n, ear_error *err);

#endif
