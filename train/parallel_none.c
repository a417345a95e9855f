/* SPDX-License-Identifier: ISC */
/* No rank but this one: what is summed over one is as it was. */
#include "fail.h"
#include "parallel_link.h"

#include <stdlib.h>

ear_status
link_open(uint32_t *rank, uint32_t *n_ranks, ear_error *err)
{
  const char *which = getenv("OMPI_COMM_WORLD_RANK");
  *rank = which ? (uint32_t)strtoul(which, NULL, 10) : 0;
  *n_ranks = 1;
  return fail(err, EAR_BAD_ARGUMENT,
              "this earshot-train was built without Open MPI and cannot share its work: "
              "start it without mpirun, or build it with -Dmpi=enabled");
}

void
link_close(void)
{
}

void
link_abort(void)
{
  exit(EXIT_FAILURE);
}

void
link_sum_f32(float *x, size_t n)
{
  (void)x;
  (void)n;
}

void
link_sum_f64(double *x, size_t n)
{
  (void)x;
  (void)n;
}

void
link_or(uint8_t *x, size_t n)
{
  (void)x;
  (void)n;
}

void
link_tell(uint32_t from, void *bytes, size_t n)
{
  (void)from;
  (void)bytes;
  (void)n;
}

void
link_wait(void)
{
}
