/* SPDX-License-Identifier: ISC */
/* The worker of the test host: a queue of work, done in the caller's thread or in one of
   its own, and a queue of answers. */
#ifndef EAR_TESTS_LV2_WORK_H
#define EAR_TESTS_LV2_WORK_H

#include <lilv/lilv.h>
#include <lv2/worker/worker.h>
#include <stdbool.h>

typedef struct work_desk work_desk;

work_desk *work_new(bool threaded);
void work_open(work_desk *desk, LilvInstance *instance); /* once it is there */
void work_free(work_desk *desk); /* finishes what waits; NULL is fine */

/* LV2_Worker_Schedule.schedule_work, the desk as handle. */
LV2_Worker_Status work_schedule_in(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                   const void *data);
void work_refuse(work_desk *desk, uint32_t n_times);

/* Work if there is no thread for it, hand over the answers, end_run. */
void work_after_run(work_desk *desk);

#endif
