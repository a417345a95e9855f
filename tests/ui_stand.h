/* SPDX-License-Identifier: ISC */
/* The smallest host that has both halves of the plugin: it runs the stereo variant, hands
   on what that tells, and counts what it asks for.  What fails here fails the test. */
#ifndef EAR_TESTS_UI_STAND_H
#define EAR_TESTS_UI_STAND_H

#include "../plugin/mixer.h"
#include "../plugin/ports.h"
#include "../plugin/uris.h"
#include "../plugin/wire.h"

#include <lv2/atom/atom.h>
#include <lv2/worker/worker.h>

enum { STAND_BLOCK = 1024, STAND_ATOMS = 65536 };

typedef struct {
  const LV2_Descriptor *descriptor;
  LV2_Handle plugin;
  LV2_Worker_Schedule scheduler;
  inline_display display;
  double rate_hz;
  float port[N_PORTS];
  float in[STAND_BLOCK], out[2][STAND_BLOCK];
  uint64_t control[2048], notify[STAND_ATOMS / 8];
  uint32_t t;       /* samples played */
  uint32_t n_draws; /* asked for by the inline display */
  /* a job for the worker, done after run() */
  uint32_t n_work;
  uint8_t work[8192];
  /* called for each message after run(); may be NULL */
  void (*hear)(void *user, const LV2_Atom *atom);
  void *user;
  uint32_t n_scenes, n_columns, n_messages; /* heard */
} stand;

extern plugin_uris stand_uris;
LV2_URID_Map *stand_map(void);

/* Load the module, once a process. */
void stand_open(const char *module);
void stand_start(stand *st, double rate_hz);
void stand_stop(stand *st);

/* A message for the next run. */
void stand_send(stand *st, const LV2_Atom *atom);
void stand_watch(stand *st, int32_t watching);

/* seconds of sound in blocks of 441, freewheeling, so that all of it is analysed: a loud
   tone of 3 kHz, which the built-in model calls harsh, or a soft one of 440 Hz, which it
   does not; 0: one block of nothing. */
void stand_play(stand *st, double seconds, bool harsh);

#endif
