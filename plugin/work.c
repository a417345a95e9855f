/* SPDX-License-Identifier: ISC */
/* A message is checked before it is believed.  Nothing is answered through the host: the
   audio thread finds results by slot_take, in order, however full the host's queues. */
#include "work.h"

#include <string.h>

/* Copy a message of `size` bytes that is whole, its path too. */
static bool
read_message(work_message *message, uint32_t size, const void *data)
{
  const size_t head = offsetof(work_message, path);
  if (!data || size < head || size > sizeof *message) {
    return false;
  }
  memcpy(message, data, size);
  return message->slot < N_SLOTS && message->path_size == size - head &&
         (message->path_size == 0 || !message->path[message->path_size - 1]);
}

static LV2_Worker_Status
work(LV2_Handle instance, LV2_Worker_Respond_Function respond,
     LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
  const plugin *pl = instance;
  (void)respond;
  (void)handle;
  work_message message;
  if (!read_message(&message, size, data)) {
    return LV2_WORKER_ERR_UNKNOWN;
  }
  slot *sl = pl->slot[message.slot];
  if (!sl) {
    return LV2_WORKER_SUCCESS;
  }
  if (!message.request) {
    slot_tidy(sl);
    return LV2_WORKER_SUCCESS;
  }
  if (message.path_size) {
    slot_memo memo = {.path = ""};
    memcpy(memo.path, message.path, message.path_size);
    slot_put(sl, message.request, &memo);
  }
  slot_load(sl, message.request);
  return LV2_WORKER_SUCCESS;
}

/* Both are there because hosts and their checkers ask for them.  [audio] */
static EAR_RT LV2_Worker_Status
work_response(LV2_Handle instance, uint32_t size, const void *body)
{
  (void)instance;
  (void)size;
  (void)body;
  return LV2_WORKER_SUCCESS;
}

static EAR_RT LV2_Worker_Status
end_run(LV2_Handle instance)
{
  (void)instance;
  return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface work_interface = {work, work_response, end_run};
