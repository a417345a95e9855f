/* SPDX-License-Identifier: ISC */
/* The threads that analyse streams.  A stream sits down in a pool when it is complete,
   and leaves it before anything of it is freed. */
#ifndef EAR_LIVE_POOL_H
#define EAR_LIVE_POOL_H

#include "live.h"

/* Rest for so many ns. */
void ear_live_rest(long ns);

/* False if all seats are taken.  [setup] */
bool ear_live_sit(ear_live *live, ear_live_pool *pool);

/* Waits until the pool's thread has let go of it; nothing happens if it does not sit.
   [setup] */
void ear_live_leave(ear_live *live);

/* The threads of a pool of one thread and one seat, whose stream sits already; they are
   the last thing of it that is made.  [setup] */
ear_live_pool *ear_live_pool_make(uint32_t n_threads, uint32_t n_streams);
ear_status ear_live_pool_start(ear_live_pool *pool, ear_error *err);

#endif
