/* SPDX-License-Identifier: ISC */
/* The audio thread's side of a slot: it meets the others in single exchanges, and nobody
   in a loop. */
#include "slot_parts.h"

uint32_t
slot_request(slot *sl)
{
  return atomic_fetch_add_explicit(&sl->n_requests, 1, memory_order_relaxed) + 1;
}

bool
slot_is_loading(const slot *sl, uint32_t taken)
{
  return atomic_load_explicit(&sl->n_requests, memory_order_relaxed) != taken;
}

slot_result *
slot_take(slot *sl)
{
  if (!atomic_load_explicit(&sl->ready, memory_order_relaxed)) {
    return NULL;
  }
  return atomic_exchange_explicit(&sl->ready, NULL, memory_order_acq_rel);
}

/* Only this thread adds to the list, and the others take it whole: while it is in our
   hands it can only be empty. */
void
slot_give_back(slot *sl, slot_result *result)
{
  if (result) {
    result->next = atomic_exchange_explicit(&sl->returned, NULL, memory_order_acq_rel);
    atomic_store_explicit(&sl->returned, result, memory_order_release);
  }
}
