/* SPDX-License-Identifier: ISC */
/* The one file that calls MPI; its default error handler ends all ranks, so no call here
   returns an error.  Counts of MPI are ints: long arrays go in pieces. */
#include "fail.h"
#include "parallel_link.h"

#include <mpi.h>
#include <stdlib.h>
#include <time.h>

enum { PIECE = 1 << 26, NAP_NS = 1000000 };

ear_status
link_open(uint32_t *rank, uint32_t *n_ranks, ear_error *err)
{
  int given, r, n;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS ||
      given < MPI_THREAD_FUNNELED) {
    return fail(err, EAR_IO, "Open MPI could not start for a program with threads");
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &r);
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  *rank = (uint32_t)r;
  *n_ranks = (uint32_t)n;
  return EAR_OK;
}

void
link_close(void)
{
  MPI_Finalize();
}

void
link_abort(void)
{
  MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  abort();
}

static int
piece_of(size_t n, size_t done)
{
  return n - done < PIECE ? (int)(n - done) : PIECE;
}

void
link_sum_f32(float *x, size_t n)
{
  for (size_t i = 0; i < n; i += PIECE) {
    MPI_Allreduce(MPI_IN_PLACE, x + i, piece_of(n, i), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
  }
}

void
link_sum_f64(double *x, size_t n)
{
  for (size_t i = 0; i < n; i += PIECE) {
    MPI_Allreduce(MPI_IN_PLACE, x + i, piece_of(n, i), MPI_DOUBLE, MPI_SUM,
                  MPI_COMM_WORLD);
  }
}

void
link_or(uint8_t *x, size_t n)
{
  for (size_t i = 0; i < n; i += PIECE) {
    MPI_Allreduce(MPI_IN_PLACE, x + i, piece_of(n, i), MPI_UINT8_T, MPI_BOR,
                  MPI_COMM_WORLD);
  }
}

void
link_tell(uint32_t from, void *bytes, size_t n)
{
  for (size_t i = 0; i < n; i += PIECE) {
    MPI_Bcast((char *)bytes + i, piece_of(n, i), MPI_BYTE, (int)from, MPI_COMM_WORLD);
  }
}

void
link_wait(void)
{
  const struct timespec nap = {0, NAP_NS};
  MPI_Request all;
  int here = 0;
  MPI_Ibarrier(MPI_COMM_WORLD, &all);
  while (MPI_Test(&all, &here, MPI_STATUS_IGNORE) == MPI_SUCCESS && !here) {
    nanosleep(&nap, NULL);
  }
}
