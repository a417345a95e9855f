/* SPDX-License-Identifier: ISC */
/* One line a fact; on a terminal, progress stays on one line. */
#include "train_say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_PROBLEMS = 5, MOST_CLASSES = 16 };

void
say_features(void *user, uint32_t done, uint32_t n)
{
  (void)user;
  if (isatty(STDERR_FILENO)) {
    fprintf(stderr, "\rfeatures %u/%u%s", done, n, done == n ? "\n" : "");
  }
}

void
say_sounds(void *user, uint32_t done, uint32_t n)
{
  (void)user;
  if (isatty(STDERR_FILENO)) {
    fprintf(stderr, "\rsounds %u/%u%s", done, n, done == n ? "\n" : "");
  }
}

void
say_epoch(void *user, const fit_progress *p)
{
  const bool terminal = isatty(STDERR_FILENO), whole = p->step == p->n_steps;
  (void)user;
  if (!terminal && !whole) {
    return;
  }
  fprintf(stderr, "%sepoch %u/%u", terminal ? "\r" : "", p->epoch, p->n_epochs);
  if (!whole) {
    fprintf(stderr, " step %u/%u", p->step, p->n_steps);
  }
  fprintf(stderr, " loss %.4f", p->loss);
  if (p->valid_loss >= 0) {
    fprintf(stderr, " valid %.4f acc %.3f F1 %.3f", p->valid_loss, p->valid_accuracy,
            p->valid_macro_f1);
  }
  fprintf(stderr, " lr %.2e %.0f/s eta %.0f s%s%s", p->learning_rate, p->examples_per_s,
          p->eta_s, whole && p->best ? " best" : "",
          whole ? (terminal ? "\x1b[K\n" : "\n") : "\x1b[K");
}

void
say_unsaved(void *user, const char *sentence)
{
  (void)user;
  fprintf(stderr, "%s; training goes on, the checkpoint before stands\n", sentence);
}

void
say_problems(const intake *in, const char *path)
{
  for (uint32_t i = 0; i < in->n_dropped && i < MOST_PROBLEMS; ++i) {
    fprintf(stderr, "left out: %s: %s\n", in->dropped[i], in->problem[i]);
  }
  if (in->n_dropped > MOST_PROBLEMS) {
    fprintf(stderr, "left out: %u more, all of them in %s\n",
            in->n_dropped - MOST_PROBLEMS, path);
  }
}

/* Why clips are in one group. */
static void
say_groups(const options *o, const dataset *ds)
{
  if (o->source.group_tag) {
    fprintf(stderr, "groups by the %s in the files", o->source.group_tag);
    if (ds->n_untagged) {
      fprintf(stderr, "; %u files do not say it", ds->n_untagged);
    }
  } else if (o->source.group_re) {
    fprintf(stderr, "groups by --group-re");
  } else if (ds->n_groups == ds->n_clips) {
    fprintf(
        stderr,
        "each clip is a group of its own; if some are of one artist or recording, say "
        "so (--group-tag, --group-re,\n  folders within the classes, a table), or "
        "the figures will be too good");
  } else {
    fprintf(stderr, "groups by %s",
            o->source.csv ? "the table" : "the folders within the classes");
  }
  putc('\n', stderr);
}

void
say_data(const options *o, const intake *in)
{
  const dataset *ds = &in->ds;
  fprintf(stderr,
          "%s: %u classes, %u clips, %u groups, %.2f h; %u left out, %u from the cache\n",
          ds->name, ds->n_labels, ds->n_clips, ds->n_groups,
          featureset_hours(&in->fs, ds, N_SIDES), in->n_dropped, in->fs.n_cached);
  if (in->n_copies) {
    fprintf(stderr, "%u clips are copies of others; earshot-train check names them\n",
            in->n_copies);
  }
  if (in->n_apart) {
    fprintf(stderr,
            "%u of them may both train and judge: figures are better than the model\n",
            in->n_apart);
  }
  say_groups(o, ds);
}

void
say_split(const intake *in)
{
  const dataset *ds = &in->ds;
  fprintf(stderr, "split by group: train %u (%.2f h), valid %u, test %u clips\n",
          dataset_side(ds, SIDE_TRAIN, NULL), featureset_hours(&in->fs, ds, SIDE_TRAIN),
          dataset_side(ds, SIDE_VALID, NULL), dataset_side(ds, SIDE_TEST, NULL));
  for (uint32_t l = 0; l < ds->n_labels && ds->n_labels <= MOST_CLASSES; ++l) {
    uint32_t n[N_SIDES] = {0};
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      n[ds->clip[i].side] += ds->clip[i].labels >> l & 1;
    }
    fprintf(stderr, "  %-20.20s %6u %6u %6u\n", ds->label[l], n[SIDE_TRAIN],
            n[SIDE_VALID], n[SIDE_TEST]);
  }
}

void
say_short(const recipe *r, const intake *in)
{
  const ear_front_end *fe = &r->front_end;
  uint32_t n = 0;
  for (uint32_t i = 0; i < in->ds.n_clips; ++i) {
    n += in->fs.clip[i].n_frames < r->frames;
  }
  if (n) {
    fprintf(stderr,
            "%u of %u clips are shorter than the %.2f s that recipe %s looks at; "
            "earshot-train check --recipe says what follows\n",
            n, in->ds.n_clips,
            ((double)(r->frames - 1) * fe->hop + fe->n_fft) / (double)fe->rate_hz,
            r->name);
  }
}

/* "key value, " of the settings that a reader wants to see. */
static void
say_one(void *user, const char *key, const char *value)
{
  (void)user;
  if (strncmp(key, "train.", 6) == 0) {
    fprintf(stderr, ", %s %s", key + 6, value);
  }
}

void
say_settings(const options *o, const recipe *r)
{
  fprintf(stderr, "recipe %s, seed %llu, name %s, task %s: %.0f Hz %u/%u/%u, %u frames",
          r->name, (unsigned long long)o->seed, o->name, o->task,
          (double)r->front_end.rate_hz, r->front_end.n_fft, r->front_end.hop,
          ear_front_end_values(&r->front_end), r->frames);
  recipe_tell(r, say_one, NULL);
  putc('\n', stderr);
}
