/* SPDX-License-Identifier: ISC */
/* Where the results of a live session go: a panel on a terminal, JSON lines, a log, OSC.
   All of this runs in the main thread; none of it may block it for long. */
#ifndef LIVE_OUTPUT_H
#define LIVE_OUTPUT_H

#include "backend.h"
#include "output.h"

/* What is true now. */
typedef struct {
  const report *report; /* models, and the newest verdict and tally of each */
  const backend_info *input;
  bool running;   /* false: input->name is waited for */
  double clock_s; /* since the session started, monotonic */
  double age_s;   /* of the newest harshness verdict: from its newest sample to
                     now; < 0 until there is one */
  ear_live_stats stats;
  uint32_t xruns; /* of the whole session */
  uint32_t n_reconnects;
  uint32_t n_peaks;
  float peak[MAX_CHANNELS]; /* since the last update, full scale 1 */
  uint32_t n_rms;           /* 0: unknown, the panel shows that of the mix alone */
  float rms[MAX_CHANNELS];  /* since the last update, full scale 1 */
} live_status;

typedef struct live_output live_output;

/* What the user of an output that has controls asks for. */
typedef enum {
  LIVE_WISH_NONE = 0,
  LIVE_WISH_END,
  LIVE_WISH_RESET, /* the analysis begins anew */
  LIVE_WISH_FLAGS, /* other thresholds or times for `model` */
} live_wish_kind;

typedef struct {
  live_wish_kind kind;
  uint32_t model;
  ear_flag_config flag;
  bool more; /* a dial still turns: more of the kind will follow */
} live_wish;

/* Any function may be NULL. */
struct live_output {
  void (*begin)(live_output *o, const live_status *s); /* once, the first call */
  /* from the next verdict on, the rate, the channels or a model are others, as a `start`
     line would say; times of verdicts start anew if the rate is another */
  void (*changed)(live_output *o, const live_status *s);
  void (*verdict)(live_output *o, const live_status *s, const ear_verdict *v);
  void (*event)(live_output *o, const live_status *s, const ear_event *e);
  /* of the model live_watched(), the newest last */
  void (*column)(live_output *o, const live_status *s, const ear_column *c);
  void (*update)(live_output *o, const live_status *s);  /* fps times a second */
  void (*summary)(live_output *o, const live_status *s); /* SIGUSR1, and at the end */
  /* the input was lost, came back, a model was reloaded: one sentence */
  void (*message)(live_output *o, const live_status *s, const char *text);
  bool (*wish)(live_output *o, live_wish *wish); /* false: there is none */
  void (*end)(live_output *o);                   /* last call: frees */
};

/* Whose columns are drawn: the first model that can flag, or else the first. */
uint32_t live_watched(const model_set *models);

typedef struct {
  double heartbeat_s; /* a status line so often, 0: never */
  bool every;         /* a line for every verdict, not only for one that differs */
  bool colour;        /* of the panel */
  uint64_t log_bytes; /* a log is rotated when it would grow over this */
  uint32_t log_files; /* FILE, FILE.1 ... FILE.n are kept */
} live_output_options;

/* Each NULL, with a sentence, if it cannot be had; name: of what out writes to.  [setup]
 */
live_output *live_panel_new(int terminal, const live_output_options *options,
                            ear_error *err);
live_output *live_lines_new(FILE *out, const char *name,
                            const live_output_options *options, ear_error *err);
live_output *live_log_new(const char *path, const live_output_options *options,
                          ear_error *err);
#ifdef HAVE_WINDOW
live_output *live_window_new(ear_error *err);
#endif
#ifdef HAVE_LIBLO
live_output *live_osc_new(const char *url, const live_output_options *options,
                          ear_error *err);
#endif

#endif
