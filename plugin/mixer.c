/* SPDX-License-Identifier: ISC */
/* What is drawn is a function of one number, which the audio thread stores whole: harsh-
   ness in % (7 bits), threshold in % (7 bits), flag (1 bit). */
#include "../view/strip.h"
#include "plugin.h"

#include <stdlib.h>

enum { MOST_W = 4096, LEAST_H = 8, MOST_H = 22 };

/* Room for w x h pixels; false when memory is short. */
static bool
make_room(inline_image *image, int w, int h)
{
  if (image->width == w && image->height == h) {
    return true;
  }
  free(image->data);
  *image = (inline_image){.data = calloc((size_t)w * (size_t)h, 4)};
  if (image->data) {
    image->width = w;
    image->height = h;
    image->stride = 4 * w;
  }
  return image->data;
}

static inline_image *
render(LV2_Handle instance, uint32_t w, uint32_t max_h)
{
  plugin *pl = instance;
  inline_image *image = &pl->strip.image;
  const int wide = (int)(w < MOST_W ? w : MOST_W);
  int high = wide / 8 < LEAST_H ? LEAST_H : wide / 8 > MOST_H ? MOST_H : wide / 8;
  high = (uint32_t)high < max_h ? high : (int)max_h;
  if (wide < 1 || high < 1 || !make_room(image, wide, high)) {
    return NULL;
  }
  const uint32_t shown = atomic_load_explicit(&pl->strip.shown, memory_order_relaxed);
  view_strip((uint32_t *)(void *)image->data, wide, high, wide, view_theme_get(VIEW_DARK),
             (shown & 127) / 100.0, (shown >> 7 & 127) / 100.0, shown >> 14);
  return image;
}

const inline_interface mixer_interface = {render};

void
strip_free(strip *s)
{
  free(s->image.data);
}
