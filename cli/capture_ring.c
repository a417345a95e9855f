/* SPDX-License-Identifier: ISC */
/* Load the other side's count once, work, then store our own. */
#include "capture_ring.h"

#include <stdlib.h>
#include <string.h>

bool
capture_ring_make(capture_ring *r, uint32_t n_channels, size_t n)
{
  memset(r, 0, sizeof *r);
  r->n_channels = n_channels;
  for (r->n_frames = 1; r->n_frames < n;) {
    r->n_frames *= 2;
  }
  r->x = malloc(sizeof(float) * r->n_frames * n_channels);
  if (r->x) {
    /* Touched before audio is.  Not 0: compilers make malloc and memset to 0 a calloc,
       which touches no page. */
    memset(r->x, 1, sizeof(float) * r->n_frames * n_channels);
  }
  return r->x != NULL;
}

void
capture_ring_free(capture_ring *r)
{
  free(r->x);
  r->x = NULL;
}

void
capture_ring_write(capture_ring *r, const float *const *in, size_t n) EAR_RT
{
  const size_t at = atomic_load_explicit(&r->n_written, memory_order_relaxed);
  const size_t read = atomic_load_explicit(&r->n_read, memory_order_acquire);
  if (n > r->n_frames - (at - read)) {
    (void)atomic_fetch_add_explicit(&r->n_lost, n, memory_order_relaxed);
    return;
  }
  for (size_t i = 0; i < n; i++) {
    float *frame = r->x + ((at + i) & (r->n_frames - 1)) * r->n_channels;
    for (uint32_t c = 0; c < r->n_channels; c++) {
      frame[c] = in[c][i];
    }
  }
  atomic_store_explicit(&r->n_written, at + n, memory_order_release);
}

size_t
capture_ring_read(capture_ring *r, float *x, size_t n)
{
  const size_t at = atomic_load_explicit(&r->n_read, memory_order_relaxed);
  const size_t there = atomic_load_explicit(&r->n_written, memory_order_acquire) - at;
  n = n < there ? n : there;
  for (size_t i = 0; i < n; i++) {
    const float *frame = r->x + ((at + i) & (r->n_frames - 1)) * r->n_channels;
    for (uint32_t c = 0; c < r->n_channels; c++) {
      x[c * n + i] = frame[c];
    }
  }
  atomic_store_explicit(&r->n_read, at + n, memory_order_release);
  return n;
}
