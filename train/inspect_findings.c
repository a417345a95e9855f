/* SPDX-License-Identifier: ISC */
/* A sound with several problems is named for the first; a copy for being one only if it
   has no other. */
#include "inspect_findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *advice;
} about[N_FINDINGS] = {
    {"unreadable", "training leaves them out; export them again or remove them"},
    {"silent", "they teach that silence belongs to the class; remove them"},
    {"short",
     "under half a second; fine if that is their sound, else join or remove them"},
    {"under the window", "shorter than what the network looks at"},
    {"clipped", "the waves have flat tops; fine if that is their sound, else find the "
                "original"},
    {"twice",
     "the same samples lie under two names; keep one, above all when the classes "
     "differ"},
    {"alike",
     "the same recording through another codec, level, rate or cut; keep one, or "
     "give all of them one group"},
    {"few groups", "figures of such a class say little: add sounds of other artists or "
                   "sessions, or name the groups (--group-re, a group column)"}};

const char *
finding_name(finding f)
{
  return about[f].name;
}

const char *
finding_advice(const findings *fs, finding f)
{
  return f == FINDING_WINDOW && fs->window[0] ? fs->window : about[f].advice;
}

__attribute__((format(printf, 3, 4))) static ear_status
add(findings *fs, finding f, const char *format, ...)
{
  char *text = NULL;
  va_list ap;
  va_start(ap, format);
  const int length = vasprintf(&text, format, ap);
  va_end(ap);
  char **more = realloc(fs->line[f], (fs->n[f] + 1u) * sizeof *more);
  fs->line[f] = more ? more : fs->line[f];
  if (length < 0 || !more) {
    if (length >= 0) {
      free(text);
    }
    return EAR_NO_MEMORY;
  }
  more[fs->n[f]++] = text;
  return EAR_OK;
}

void
findings_free(findings *fs)
{
  for (int f = 0; f < N_FINDINGS; ++f) {
    for (uint32_t i = 0; i < fs->n[f]; ++i) {
      free(fs->line[f][i]);
    }
    free(fs->line[f]);
  }
  *fs = (findings){0};
}

static ear_status
of_sound(findings *fs, const inspection *k, const clip *c, double window_s)
{
  switch (inspection_state(k)) {
  case SOUND_SILENT:
    return k->peak_db > -200
               ? add(fs, FINDING_SILENT, "%s: peak %.0f dBFS", c->key, k->peak_db)
               : add(fs, FINDING_SILENT, "%s: nothing but zeros", c->key);
  case SOUND_SHORT:
    return add(fs, FINDING_SHORT, "%s: %.2f s", c->key, k->seconds);
  case SOUND_CLIPPED:
    return add(fs, FINDING_CLIPPED, "%s: %.2g %% of its samples in flat tops", c->key,
               100 * k->flat);
  default:
    return k->seconds < window_s
               ? add(fs, FINDING_WINDOW, "%s: %.2f s", c->key, k->seconds)
               : EAR_OK;
  }
}

/* All of them, also those that are named for something else. */
static void
say_window(findings *fs, const inspected *in)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < in->n; ++i) {
    n += in->sound[i].seconds < in->window_s;
  }
  if (n > 0) {
    snprintf(fs->window, sizeof fs->window,
             "%u of %u clips are shorter than the %.2f s that recipe %s looks at; "
             "training repeats them until they fill it, and one that is too short for a "
             "verdict counts as wrong when it is judged; join them, or give a recipe "
             "with fewer frames (--recipe)",
             n, in->n, in->window_s, in->window_of);
  }
}

static ear_status
of_copy(findings *fs, const duplicate *d, const dataset *ds)
{
  const clip *c = &ds->clip[d->clip], *of = &ds->clip[d->of];
  const char *also = c->labels != of->labels                      ? ", in two classes"
                     : c->side && of->side && c->side != of->side ? ", on two sides"
                                                                  : "";
  if (d->exact) {
    return add(fs, FINDING_TWICE, "%s is %s%s", c->key, of->key, also);
  }
  if (d->later_s > -0.15 && d->later_s < 0.15) {
    return add(fs, FINDING_ALIKE, "%s is like %s%s", c->key, of->key, also);
  }
  return add(fs, FINDING_ALIKE, "%s is like %s %s %.1f s%s", c->key, of->key,
             d->later_s > 0 ? "from" : "which begins at its", fabs(d->later_s), also);
}

static ear_status
of_class(findings *fs, const inspected *in, const dataset *ds, uint32_t label)
{
  inspect_class c;
  const ear_status st = inspect_class_of(&c, in, ds, label);
  return st || c.groups >= INSPECT_FEW_GROUPS
             ? st
             : add(fs, FINDING_GROUPS, "%s: %u group%s of clips", ds->label[label],
                   c.groups, c.groups == 1 ? "" : "s");
}

ear_status
findings_of(findings *fs, const inspected *in, const dataset *ds)
{
  ear_status st = EAR_OK;
  *fs = (findings){0};
  for (uint32_t i = 0; i < in->n_unreadable && !st; ++i) {
    st = add(fs, FINDING_UNREADABLE, "%s", in->unreadable[i]);
  }
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    st = of_sound(fs, &in->sound[i], &ds->clip[i], in->window_s);
  }
  say_window(fs, in);
  for (uint32_t i = 0; i < in->copies.n && !st; ++i) {
    const duplicate *d = &in->copies.copy[i];
    const sound_state s = inspection_state(&in->sound[d->clip]);
    st = s == SOUND_GOOD || ds->clip[d->clip].labels != ds->clip[d->of].labels
             ? of_copy(fs, d, ds)
             : EAR_OK;
  }
  for (uint32_t l = 0; l < ds->n_labels && !st; ++l) {
    st = of_class(fs, in, ds, l);
  }
  if (st) {
    findings_free(fs);
  }
  return st;
}

void
findings_print(FILE *f, const findings *fs, uint32_t most)
{
  for (finding k = 0; k < N_FINDINGS; ++k) {
    if (fs->n[k] == 0) {
      continue;
    }
    fprintf(f, "\n%u %s: %s\n", fs->n[k], finding_name(k), finding_advice(fs, k));
    for (uint32_t i = 0; i < fs->n[k] && i < most; ++i) {
      fprintf(f, "  %s\n", fs->line[k][i]);
    }
    if (fs->n[k] > most) {
      fprintf(f, "  and %u more (--json names all)\n", fs->n[k] - most);
    }
  }
}
