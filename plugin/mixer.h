/* SPDX-License-Identifier: ISC */
/* Meter and flag in the host's mixer strip, by the inline display extension:
   http://harrisonconsoles.com/lv2/inlinedisplay.  Its structures are declared here, for
   it has no package.

     audio thread: strip_advance --one number--> the host's thread that draws: render */
#ifndef PLUGIN_MIXER_H
#define PLUGIN_MIXER_H

#include "earshot.h"

#include <lv2/core/lv2.h>
#include <stdatomic.h>

#define INLINE_DISPLAY_URI "http://harrisonconsoles.com/lv2/inlinedisplay"
#define INLINE_DISPLAY_INTERFACE INLINE_DISPLAY_URI "#interface"
#define INLINE_DISPLAY_QUEUE_DRAW INLINE_DISPLAY_URI "#queue_draw"

/* The host's feature: real-time safe, as the extension promises. */
typedef struct {
  void *handle;
  void (*queue_draw)(void *handle);
} inline_display;

/* Premultiplied ARGB of the machine's byte order, as a cairo image has. */
typedef struct {
  unsigned char *data;
  int width, height;
  int stride; /* bytes */
} inline_image;

typedef struct {
  inline_image *(*render)(LV2_Handle instance, uint32_t w, uint32_t max_h);
} inline_interface;

extern const inline_interface mixer_interface;

typedef struct {
  _Atomic uint32_t shown; /* what to draw: see mixer.c */
  uint32_t asked;         /* the audio thread's: for what a drawing was asked */
  double since_s;         /* then */
  inline_image image;     /* the drawing thread's */
} strip;

struct plugin;

/* n samples have passed: ask for a new picture, if another would be drawn and the last
   one is 0.1 s old.  [audio] */
void strip_advance(struct plugin *pl, uint32_t n) EAR_RT;

void strip_free(strip *s); /* [setup] */

#endif
