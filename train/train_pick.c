/* SPDX-License-Identifier: ISC */
/* Recipes are made for some hundred to some ten thousand clips; less data is seen more
   often and more data less often, so that the number of steps stays in between. */
#include "train_pick.h"
#include "audio.h"

#include <stdio.h>
#include <string.h>

static const double genre_s = 3.0; /* what recipe genre looks at */

enum {
  MOST_LENGTHS = 200, /* clips whose length is looked up */
  FEWEST_STEPS = 640, /* what recipe genre was made with: 321 clips, 16 epochs */
  MOST_STEPS = 60000, /* half an hour to an hour on two cores */
  MOST_EPOCHS = 200,
  FEWEST_EPOCHS = 4
};

static bool
has_label(const dataset *ds, const char *name)
{
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    if (!strcmp(ds->label[l], name)) {
      return true;
    }
  }
  return false;
}

/* Whether genre would judge more than half of the clips by the silence behind them. */
static bool
mostly_short(const dataset *ds)
{
  const uint32_t step = 1 + ds->n_clips / MOST_LENGTHS;
  uint32_t n = 0, n_short = 0;
  for (uint32_t i = 0; i < ds->n_clips; i += step) {
    const double seconds = audio_seconds(ds->clip[i].path);
    n += seconds > 0;
    n_short += seconds > 0 && seconds < genre_s;
  }
  return 2 * n_short > n;
}

void
pick_recipe(options *o, const dataset *ds, char why[256])
{
  const bool harsh =
      ds->n_labels == 2 && has_label(ds, "clean") && has_label(ds, "harsh");
  why[0] = '\0';
  if (!o->recipe) {
    const bool brief = !harsh && mostly_short(ds);
    o->picked = true;
    o->recipe = harsh ? "harshness" : brief ? "short" : "genre";
    snprintf(why, 256, "recipe %s: %s (--recipe takes another)", o->recipe,
             harsh   ? "the classes are clean and harsh"
             : brief ? "most clips are under 3 s"
                     : "made for classes of music and sound");
  }
  o->task = o->task ? o->task : harsh ? "harshness" : "classifier";
}

static uint32_t
steps_of(const recipe_train *t, uint32_t n_clips)
{
  const uint64_t n = (uint64_t)n_clips * (t->crops ? t->crops : 1) / t->batch;
  return n < 1 ? 1 : (uint32_t)n;
}

void
pick_length(recipe *r, const options *o, uint32_t n_clips, char why[256])
{
  recipe_train *t = &r->train;
  const uint32_t usual = t->epochs, crops = t->crops, steps = steps_of(t, n_clips);
  why[0] = '\0';
  if (!o->picked || o->epochs) {
    return;
  }
  if ((uint64_t)steps * usual < FEWEST_STEPS) {
    t->epochs = (FEWEST_STEPS + steps - 1) / steps;
    t->epochs = t->epochs < MOST_EPOCHS ? t->epochs : MOST_EPOCHS;
  } else if ((uint64_t)steps * usual > MOST_STEPS) {
    t->crops = 1;
    t->epochs = MOST_STEPS / steps_of(t, n_clips);
    t->epochs = t->epochs > usual ? usual : t->epochs;
    t->epochs = t->epochs < FEWEST_EPOCHS ? FEWEST_EPOCHS : t->epochs;
  }
  if (t->epochs != usual || steps_of(t, n_clips) != steps) {
    snprintf(why, 256,
             "epochs %u and crops %u instead of the recipe's %u and %u: %u clips for "
             "training make %u steps an epoch (--epochs takes another)",
             t->epochs, t->crops, usual, crops, n_clips, steps_of(t, n_clips));
  }
}
