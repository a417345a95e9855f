/* SPDX-License-Identifier: ISC */
/* One long file on several threads: stretches of it are looked at side by side and judged
   in their order, so that verdicts are those of one pass. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include "reader.h"

typedef struct {
  const char *path;
  const ear_analyzer_config *config; /* that of the analyzer */
  ear_analyzer *an;                  /* new; nothing was pushed */
  unsigned n_threads;
  void (*judged)(void *user, uint64_t n); /* n samples more are behind us */
  void *user;
} segments_job;

typedef enum {
  SEGMENTS_DONE,       /* up to the end of the file */
  SEGMENTS_BROKEN_OFF, /* all work is to stop */
  SEGMENTS_REFUSED,    /* analyse it in one pass, anew */
} segments_result;

/* Analyse all of an input that reader_can_seek says yes to; ear_analyzer_finish is the
   caller's.  Refused, callbacks may have been made: those with which one pass begins.  */
segments_result segments_run(const segments_job *job, const reader_info *info);

#endif
