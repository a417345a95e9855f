/* SPDX-License-Identifier: ISC */
/* Many inputs on several threads, their results in the order of the inputs. */
#ifndef JOBS_H
#define JOBS_H

#include "cli.h"

#include <stdio.h>

/* Do item i and write its results to out.  Called by several threads at a time. */
typedef void (*job_fn)(void *user, size_t i, FILE *out);

typedef struct {
  size_t n_items;
  unsigned n_threads; /* 1..MAX_THREADS */
  job_fn work;
  void *user;
  FILE *out; /* NULL: items write elsewhere, work gets NULL */
} job_list;

enum { MAX_THREADS = 256 };

/* Run all items, or as many as were begun before all work was asked to stop.  What each
   writes reaches list->out whole and in the order of i.  A lone item writes to it
   directly.  Returns how many items were done; stops all work if out cannot be written.
 */
size_t jobs_run(const job_list *list);

#endif
