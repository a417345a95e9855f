/* SPDX-License-Identifier: ISC */
/* Lock-free ring of fixed-size items: one writer thread, one reader thread.
   The writer owns `head`, the reader owns `tail`; each loads the other's index once with
   acquire, works, then stores its own with release.  Indices run freely and wrap.
   Source: L. Lamport, "Specifying concurrent program modules", ACM TOPLAS 5(2), 1983. */
#ifndef EAR_RING_H
#define EAR_RING_H

#include "earshot.h"

typedef struct ear_ring ear_ring;

/* Room for at least n_items items of item_size bytes (rounded up to a power of two);
   all memory is touched.  NULL when memory is short.  [setup] */
ear_ring *ear_ring_new(size_t n_items, size_t item_size);
void ear_ring_free(ear_ring *ring);

/* Copy items[0..n) in: all of them or none.  Returns n or 0.  [audio: the writer] */
size_t ear_ring_write(ear_ring *ring, const void *items, size_t n) EAR_RT;

/* Copy out up to n items.  Returns how many.  [the reader] */
size_t ear_ring_read(ear_ring *ring, void *items, size_t n) EAR_RT;

/* Items that can be read now (the reader) or written now (the writer). */
size_t ear_ring_readable(const ear_ring *ring) EAR_RT;
size_t ear_ring_writable(const ear_ring *ring) EAR_RT;

#endif
