/* SPDX-License-Identifier: ISC */
/* The clips of a side stand in the order of the data set, as its evaluation does. */
#include "page_fill.h"
#include "fail.h"
#include "page_listen.h"
#include "shell_word.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { N_MISTAKES = 20, N_HEARINGS = 3, N_FACTS = 16 };

/* All that a page points to. */
typedef struct {
  page pg;
  predictions clips;
  page_mistake mistake[N_MISTAKES];
  uint32_t clip[N_MISTAKES]; /* of the data set */
  char *link[N_MISTAKES];
  page_hearing hearing[N_HEARINGS];
  page_fact fact[N_FACTS];
  char value[N_FACTS][256];
  char *command;
  char run[PATH_MAX + 64];
} filling;

/* The path from `folder` to `path`, as a page in the folder would name it; NULL when a
   browser could not play it. */
static char *
link_to(const char *folder, const char *path)
{
  static const char *const plays[] = {".wav", ".mp3",  ".flac", ".ogg",
                                      ".oga", ".opus", ".m4a"};
  const char *dot = strrchr(path, '.');
  bool known = false;
  for (size_t i = 0; dot && i < sizeof plays / sizeof *plays; ++i) {
    known = known || strcasecmp(dot, plays[i]) == 0;
  }
  char *from = known ? realpath(folder, NULL) : NULL;
  char *to = known ? realpath(path, NULL) : NULL, *base = NULL, *text = NULL;
  size_t n = 0, common = 0;
  if (from && to && asprintf(&base, "%s/", from) > 0) {
    for (size_t i = 0; base[i] && base[i] == to[i]; ++i) {
      common = base[i] == '/' ? i + 1 : common;
    }
    FILE *f = open_memstream(&text, &n);
    for (const char *c = base + common; f && *c; ++c) {
      fputs(*c == '/' ? "../" : "", f);
    }
    if (f) {
      fputs(to + common, f);
      fclose(f);
    }
  }
  free(base);
  free(from);
  free(to);
  return text;
}

/* What is surest of all that is said wrongly of clip i; n_labels: nothing is.  Of several
   labels each is said from 0.5 on. */
static uint32_t
said_wrongly(const predictions *pr, uint32_t i)
{
  const float *p = pr->p + (size_t)i * pr->n_labels;
  const uint32_t said = label_of(p, pr->n_labels);
  uint32_t worst = pr->n_labels;
  if (!pr->truths) {
    return said == pr->truth[i] ? pr->n_labels : said;
  }
  for (uint32_t l = 0; l < pr->n_labels; ++l) {
    if (p[l] >= 0.5f && !prediction_true(pr, i, l) &&
        (worst == pr->n_labels || p[l] > p[worst])) {
      worst = l;
    }
  }
  return worst;
}

/* The surest mistakes, surest first. */
static void
find_mistakes(filling *k, const dataset *ds, const uint32_t *index)
{
  const predictions *pr = &k->clips;
  uint32_t n = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t said = said_wrongly(pr, i), truth = pr->truth[i];
    if (said == pr->n_labels ||
        (n == N_MISTAKES && (double)p[said] <= k->mistake[n - 1].p_said)) {
      continue;
    }
    n += n < N_MISTAKES;
    uint32_t at = n - 1;
    for (; at > 0 && k->mistake[at - 1].p_said < (double)p[said]; --at) {
      k->mistake[at] = k->mistake[at - 1];
      k->clip[at] = k->clip[at - 1];
    }
    k->mistake[at] = (page_mistake){.file = ds->clip[index[i]].key,
                                    .truth = truth,
                                    .truths = pr->truths ? pr->truths[i] : 0,
                                    .said = said,
                                    .p_said = (double)p[said],
                                    .p_truth = (double)p[truth]};
    k->clip[at] = index[i];
  }
  k->pg.mistake = k->mistake;
  k->pg.n_mistakes = n;
}

static ear_status
listen_all(filling *k, const delivery *d, ear_model *model, ear_error *err)
{
  ear_status st = EAR_OK;
  for (uint32_t i = 0; i < k->pg.n_mistakes && !st; ++i) {
    page_mistake *m = &k->mistake[i];
    page_hearing *h = i < N_HEARINGS ? &k->hearing[i] : NULL;
    const char *path = d->in->ds.clip[k->clip[i]].path;
    m->link = k->link[i] = link_to(d->folder, path);
    if (h) {
      *h = (page_hearing){.file = m->file,
                          .truth = m->truth,
                          .truths = m->truths,
                          .said = m->said,
                          .p_said = m->p_said};
      k->pg.n_hearings = i + 1;
    }
    st = page_listen(m, h, model, path, err);
  }
  k->pg.hearing = k->hearing;
  return st;
}

__attribute__((format(printf, 3, 4))) static void
fact(filling *k, const char *name, const char *format, ...)
{
  va_list ap;
  const uint32_t i = k->pg.n_facts;
  if (i == N_FACTS) {
    return;
  }
  va_start(ap, format);
  vsnprintf(k->value[i], sizeof k->value[i], format, ap);
  va_end(ap);
  k->fact[i] = (page_fact){name, k->value[i]};
  ++k->pg.n_facts;
}

static void
list_facts(filling *k, const delivery *d, const delivered *result, ear_model *model)
{
  const dataset *ds = &d->in->ds;
  k->pg.fact = k->fact;
  k->command = options_command(d->o, d->in, d->r);
  if (k->command) {
    fact(k, "command", "%s", "");
    k->fact[0].value = k->command;
  }
  fact(k, "sounds", "%s: %u clips of %u groups, %u classes", ds->name, ds->n_clips,
       ds->n_groups, ds->n_labels);
  fact(k, "split by group", "%u clips trained, %u chose the epoch, %u judged",
       dataset_side(ds, SIDE_TRAIN, NULL), dataset_side(ds, SIDE_VALID, NULL),
       dataset_side(ds, SIDE_TEST, NULL));
  fact(k, "hash of the split", "%s", d->split_hash ? d->split_hash : "-");
  fact(k, "recipe", "%s", d->r->name);
  fact(k, "seed", "%" PRIu64, d->o->seed);
  fact(k, "network", "%" PRIu64 " parameters, %zu bytes", result->n_parameters,
       result->n_bytes);
  fact(k, "hash of the model", "%s", ear_model_info_get(model)->sha256);
  fact(k, "license of the weights", "%s", *d->o->license ? d->o->license : "not said");
  fact(k, "made by", "%s", ear_version());
}

static ear_status
fill(filling *k, const delivery *d, const delivered *result, ear_model *model,
     ear_error *err)
{
  const dataset *ds = &d->in->ds;
  page *pg = &k->pg;
  char word[PATH_MAX];
  shell_word(word, sizeof word, d->o->out);
  snprintf(k->run, sizeof k->run, "earshot live --model %s", word);
  *pg = (page){.name = d->o->name,
               .run = k->run,
               .n_labels = ds->n_labels,
               .label = (const char *const *)ds->label,
               .threshold = ear_model_info_get(model)->threshold,
               .temperature = result->temperature,
               .history = &d->fitted->history,
               .kept_epoch = d->fitted->kept_epoch};
  if (result->n_sides > 0) {
    const uint32_t last = result->n_sides - 1;
    const side s = side_find(result->side[last].side);
    uint32_t *index = malloc((ds->n_clips + 1u) * sizeof *index);
    if (!index) {
      return EAR_NO_MEMORY;
    }
    pg->judged = &result->side[last];
    pg->chosen = last > 0 ? &result->side[0] : NULL;
    k->clips = evaluation_predictions(&result->heard[last]);
    pg->clips = &k->clips;
    dataset_side(ds, s, index);
    find_mistakes(k, ds, index);
    free(index);
  }
  list_facts(k, d, result, model);
  ear_status st = listen_all(k, d, model, err);
  pg->probe = result->probe;
  pg->n_probes = st ? 0 : PAGE_N_PROBES;
  return st;
}

ear_status
page_deliver(const delivery *d, const delivered *result, const uint8_t *bytes, size_t n,
             ear_error *err)
{
  ear_model *model;
  if (!d->folder) {
    return EAR_OK;
  }
  filling *k = calloc(1, sizeof *k);
  if (!k) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the page");
  }
  ear_status st = ear_model_parse(&model, bytes, n, err);
  if (!st) {
    st = fill(k, d, result, model, err);
    st = st ? st : page_write(d->folder, &k->pg, err);
    ear_model_unref(model);
  }
  for (uint32_t i = 0; i < N_MISTAKES; ++i) {
    free(k->link[i]);
  }
  for (uint32_t i = 0; i < N_HEARINGS; ++i) {
    page_hearing_free(&k->hearing[i]);
  }
  free(k->command);
  free(k);
  return st;
}
