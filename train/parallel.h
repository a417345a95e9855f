/* SPDX-License-Identifier: ISC */
/* One training on several processes (ranks), on one machine or many: data parallel.

   Each rank draws, forwards and backpropagates its part of every global batch; what is
   summed over the batch is summed over the ranks, so all of them hold the same weights
   and take the same steps.  Rank 0 is the first: it alone writes and prints.

   Started by mpirun, with Open MPI (-Dmpi=enabled).  Everywhere else there is one rank
   and every function here is as cheap as its name.  All ranks must call the functions
   that exchange something in the same order.  [setup, and the thread that trains] */
#ifndef EAR_TRAIN_PARALLEL_H
#define EAR_TRAIN_PARALLEL_H

#include "../engine/earshot.h"

#include <signal.h>

/* How many ranks the launcher says there are; 1 without one. */
uint32_t parallel_asked(void);

/* Find the others.  From then on the output of all but the first goes nowhere. */
ear_status parallel_start(ear_error *err);
/* problem: why this rank failed, NULL if it did not.  If the others do not know, they end
   too, and it is said. */
void parallel_end(const char *problem);

uint32_t parallel_rank(void);
uint32_t parallel_ranks(void);
bool parallel_first(void);

/* Ranks on this machine, this one among them. */
uint32_t parallel_here(void);

/* Of n things, those from *first on are this rank's; parts differ by one at most. */
uint32_t parallel_part(uint32_t n, uint32_t *first);
uint32_t parallel_part_of(uint32_t which, uint32_t n, uint32_t *first);

/* Sums over all ranks, the same bits in each of them. */
void parallel_sum(float *x, size_t n);
void parallel_sum_f64(double *x, size_t n);
/* What the ranks hold together already, so that parallel_sum counts it once. */
void parallel_once(float *x, size_t n);
/* Means and sums of squared deviations [n] over *count values each, of all ranks. */
void parallel_moments(double *mean, double *m2, double *count, uint32_t n);

/* Each rank has filled in its part and left the others' zero: all get all. */
void parallel_merge(void *bytes, size_t n);
/* All get what the first (or `from`) has. */
void parallel_tell(void *bytes, size_t n);
void parallel_tell_from(uint32_t from, void *bytes, size_t n);
bool parallel_any(bool mine);

/* The status of all: the first failure, with its sentence.  Waits without using the
   processor: before and after what takes one rank longer than the others. */
ear_status parallel_first_failure(ear_status mine, ear_error *err);

/* The same; here, so that who reads a caller alone (an analyzer) sees a failure stay one.
 */
static inline ear_status
parallel_agree(ear_status mine, ear_error *err)
{
  const ear_status all = parallel_first_failure(mine, err);
  return all ? all : mine;
}

/* Fails, naming `what`, unless these bytes are the same everywhere. */
ear_status parallel_same(const void *bytes, size_t n, const char *what, ear_error *err);

/* From now on a rank that dies or stands still ends this one, with a sentence from the
   first.  stop: not 0 when a signal asked for the end; NULL: no longer. */
ear_status parallel_watch(const volatile sig_atomic_t *stop, ear_error *err);

#endif
