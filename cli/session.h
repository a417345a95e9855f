/* SPDX-License-Identifier: ISC */
/* A live session: one input, some models, some outputs, until it is told to stop.

     backend's thread -> sink -> ear_live -> reports -> session -> outputs

   All functions run in the main thread. */
#ifndef SESSION_H
#define SESSION_H

#include "live_options.h"

enum { MAX_OUTPUTS = 4 };

typedef struct {
  const live_options *options;
  model_set models; /* the session's from session_run on; reloading changes it */
  live_output *output[MAX_OUTPUTS];
  uint32_t n_outputs;
  bool panel; /* one of them has the terminal: nothing else may write on it */
  void (*idle)(void *user, const char *message); /* NULL, or called each round, message
                                                    is NULL or what was just said */
  void *user;
} session_config;

/* Returns when it is over, however it ended; frees models and ends outputs.  [setup] */
exit_code session_run(session_config *config);

#endif
