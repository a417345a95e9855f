/* SPDX-License-Identifier: ISC */
/* The inside of ear_live: who owns what.

     live_audio.c  audio thread: push, pop, commands
       | tape: samples, ring: commands       ^ ring: reports
       v                                     |
     live_work.c   step: the analyzer, by whoever has set `busy`
     live_column.c columns for pictures, in such a step
     live_pool.c   the worker, of one stream or of many
     live.c        setup, a host that renders, the end

   `busy` is only ever tried, never waited for in a lock.  Commands carry the index of the
   sample that they come before: a step goes up to the next one's position, obeys, and
   goes on. */
#ifndef EAR_LIVE_H
#define EAR_LIVE_H

#include "analyzer.h"
#include "ring.h"
#include "tape.h"

#include <stdalign.h>
#include <stdatomic.h>

enum {
  EAR_LIVE_COMMANDS = 64, /* that may wait */
  EAR_LIVE_WORK = 1024,   /* samples analysed at once */
  EAR_LIVE_COLUMNS = 64,  /* that may wait */
};

struct ear_live_part {
  ear_part part;
  ear_live_part *next; /* in the list of those to be freed */
};

typedef enum { LIVE_RESET, LIVE_SET_FLAGS, LIVE_SWAP } live_command_kind;

typedef struct {
  uint64_t position; /* samples pushed before it */
  live_command_kind kind;
  uint32_t model;      /* of LIVE_SET_FLAGS */
  ear_live_part *part; /* of LIVE_SWAP */
  ear_flag_config flag;
} live_command;

struct ear_live {
  /* set once */
  double rate_hz;
  long poll_ns;               /* between two looks of the worker */
  uint32_t pace;              /* the model with the shortest tick */
  double pace_s;              /* that tick, or less if the tape is short */
  double lag_s;               /* of its pool, or less if the tape is short */
  ear_tape *tape;             /* audio -> analysis */
  ear_ring *commands;         /* live_command, audio -> analysis */
  ear_ring *reports;          /* ear_report, analysis -> audio */
  ear_ring *columns;          /* ear_column, analysis -> audio */
  ear_live_pool *own_pool;    /* NULL: it sits in another */
  struct ear_live_seat *seat; /* NULL: not started */

  /* the audio thread's */
  alignas(64) bool took_over; /* it has `busy` until resume */
  _Atomic uint32_t overruns;
  _Atomic uint64_t commands_in;

  alignas(64) atomic_bool busy; /* somebody analyses */
  atomic_bool freewheeling;     /* the worker shall keep off */
  atomic_bool stop;
  atomic_uint watched; /* the model that columns are of; EAR_MAX_MODELS: none */

  /* owned with `busy`; others may load the atomics */
  alignas(64) ear_analyzer *analyzer;
  bool warm;
  bool has_next;
  live_command next;    /* taken from the ring, not obeyed yet */
  uint64_t position;    /* samples analysed or lost */
  uint64_t reset_at;    /* position at the last reset */
  double event_at_s;    /* ear_report.at_s of an event */
  double due_s;         /* of audio, when the next verdict of `pace` is */
  bool ending;          /* events come from an end, not after a verdict */
  ear_live_part *trash; /* swapped out, for the worker to free */
  ear_report report;    /* too large for a careful stack */
  ear_column column;    /* under way */
  uint32_t n_joined;    /* frames in it */
  float x[EAR_LIVE_WORK];
  _Atomic uint64_t samples_done, samples_lost;
  _Atomic uint64_t commands_done;
  _Atomic uint32_t lost_reports;
};

/* Analyse at most EAR_LIVE_WORK samples, and obey the commands on the way.  False if
   there was nothing to do.  [with `busy`] */
bool ear_live_step(ear_live *live);

/* Flush: the last verdicts and events.  [with `busy`, at the end] */
void ear_live_end(ear_live *live);

/* Free what was swapped out.  [with `busy`, not the audio thread] */
void ear_live_sweep(ear_live *live);

/* Callbacks of the analyzer, whose user is the ear_live. */
void ear_live_take_frame(void *user, uint32_t index, const ear_front_end *fe,
                         const float *value);
void ear_live_take_verdict(void *user, const ear_verdict *verdict);
void ear_live_take_event(void *user, const ear_event *event);

#endif
