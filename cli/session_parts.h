/* SPDX-License-Identifier: ISC */
/* The inside of a live session, for its own files:
     session.c         the loop, signals, reports
     session_input.c   opens the backend, loses it, finds it again
     session_models.c  reloads models while they run
     session_view.c    columns to draw, and what users of outputs ask for */
#ifndef SESSION_PARTS_H
#define SESSION_PARTS_H

#include "session.h"

/* A model on its way into the analysis. */
typedef struct {
  ear_model *model; /* NULL: none is */
  char *name;
  ear_flag_config flag;
} new_model;

typedef struct {
  session_config *config;
  const live_options *options;
  sink *to;

  const backend_api *api; /* chosen once */
  backend *input;         /* NULL: none is open */
  void *memory;           /* of api */
  backend_info info;      /* of the last one open */
  double next_try_s;      /* clock of the next attempt to open it again */
  double wait_s;          /* between attempts: 1, 2, 4, 8, 8 ... */
  bool over;              /* nothing more will come */
  exit_code code;         /* why */

  ear_live *live;
  double live_rate_hz;
  double heard_s;         /* by former ones */
  ear_live_stats earlier; /* theirs, added up */
  uint32_t earlier_xruns;
  new_model reloaded[EAR_MAX_MODELS];

  double began_s;      /* CLOCK_MONOTONIC */
  double first_s;      /* clock when the input first ran, < 0: not yet */
  double next_show_s;  /* clock of the next update of the outputs */
  double verdict_s;    /* clock when the newest harshness verdict came */
  double verdict_late; /* seconds of audio that were newer, then */

  report r;
  live_status status;
} session;

/* Seconds since the session began; steps of the wall clock do not count. */
double session_clock(const session *s);

/* Bring s->status up to date, all but the levels. */
void session_look(session *s);

/* Free the analysis, and remember what it counted. */
void session_forget_analysis(session *s);

/* Tell every output, and stderr if no panel has the terminal.  A trouble is told even to
   the quiet. */
void session_say(session *s, bool trouble, const char *format, ...) PRINTF_LIKE(3, 4);

/* The models, the rate or the channels of the next verdicts are others. */
void session_changed(session *s);

/* All reports there are; false if more may be waiting. */
bool session_take_reports(session *s);

/* Wait for the first input, if that is asked for.  False, and s->code says why. */
bool session_open_input(session *s);

/* Look at the input: it may have gone, ended, or come back. */
void session_poll_input(session *s);
void session_close_input(session *s);

/* End the analysis: what was pushed is analysed and reported. */
void session_end_analysis(session *s);

/* Open all model files anew and hand them to the audio thread.  False, and nothing is
   done, while one is on its way: of two, a report would not say whose it is. */
bool session_reload_models(session *s);

/* Is the report from a model that has just been swapped in?  Then it is one of ours now.
 */
void session_adopt(session *s, const ear_report *heard);

/* A new analysis runs: outputs that draw get its columns. */
void session_watch(session *s);
void session_take_columns(session *s);
void session_grant_wishes(session *s);

/* No analysis runs: models on their way have arrived. */
void session_adopt_all(session *s);

#endif
