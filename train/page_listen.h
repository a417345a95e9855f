/* SPDX-License-Identifier: ISC */
/* A clip as the model hears it: when it sounds most like a class, and on what evidence.
 */
#ifndef EAR_TRAIN_PAGE_LISTEN_H
#define EAR_TRAIN_PAGE_LISTEN_H

#include "page.h"

/* Fill m->from_s and to_s with the stretch that the short-term horizon takes most for
   m->said; both stay 0 when there is no verdict.  h may be NULL or gets the spectrogram
   and activation of that stretch and its surroundings, malloc'ed for the caller.
   [setup] */
ear_status page_listen(page_mistake *m, page_hearing *h, ear_model *model,
                       const char *path, ear_error *err);

void page_hearing_free(page_hearing *h);

enum { PAGE_N_PROBES = 5 };

/* Silence, white and pink noise, a sine and a click every second through the model.
   [setup] */
ear_status page_probe_all(page_probe probe[PAGE_N_PROBES], ear_model *model,
                          ear_error *err);

#endif
