/* SPDX-License-Identifier: ISC */
/* Inside of parallel.c: what carries bytes between ranks.  parallel_mpi.c is Open MPI,
   parallel_none.c a build without it. */
#ifndef EAR_TRAIN_PARALLEL_LINK_H
#define EAR_TRAIN_PARALLEL_LINK_H

#include "../engine/earshot.h"

ear_status link_open(uint32_t *rank, uint32_t *n_ranks, ear_error *err);
void link_close(void);
void link_abort(void); /* ends all ranks; does not return */

/* In place, over all ranks.  n values. */
void link_sum_f32(float *x, size_t n);
void link_sum_f64(double *x, size_t n);
void link_or(uint8_t *x, size_t n);
void link_tell(uint32_t from, void *bytes, size_t n);
/* Until all ranks are here; sleeps. */
void link_wait(void);

#endif
