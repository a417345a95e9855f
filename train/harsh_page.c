/* SPDX-License-Identifier: ISC */
/* Every figure comes from the protocol's excerpts as the engine scored them. */
#include "harsh_page.h"

#include "fail.h"
#include "harsh_worst.h"
#include "page_harsh.h"
#include "page_listen.h"
#include "shell_word.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

enum { N_HEARINGS = 3, N_FACTS = 12, N_LABELS = 2 };

static const char *const cell_words[HARSH_N_CELLS] = {"both known", "new processor",
                                                      "new artist", "both new"};

/* One cell's excerpts as predictions. */
typedef struct {
  predictions pr;
  uint32_t *truth, *group;
  float *p, *flt;
} clips;

/* All that the page points to. */
typedef struct {
  page pg;
  page_harsh harsh;
  side_figures judged;
  clips cell[HARSH_N_CELLS];
  harsh_worst worst[2 * HARSH_N_WORST];
  page_mistake mistake[2 * HARSH_N_WORST];
  page_hearing hearing[N_HEARINGS];
  page_probe probe[PAGE_N_PROBES];
  page_fact fact[N_FACTS];
  char value[N_FACTS][512];
  char run[PATH_MAX + 64];
} filling;

static ear_status
clips_new(clips *c, const harsh_pool *pool)
{
  c->truth = calloc(pool->n + 1u, sizeof *c->truth);
  c->group = calloc(pool->n + 1u, sizeof *c->group);
  c->p = calloc(N_LABELS * (pool->n + 1u), sizeof *c->p);
  c->flt = calloc(N_LABELS * (pool->n + 1u), sizeof *c->flt);
  if (!c->truth || !c->group || !c->p || !c->flt) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    c->truth[i] = e->harsh ? PAGE_HARSH : PAGE_CLEAN;
    c->group[i] = e->track;
    c->p[N_LABELS * i + PAGE_CLEAN] = 1 - e->score;
    c->p[N_LABELS * i + PAGE_HARSH] = e->score;
    c->flt[N_LABELS * i + PAGE_CLEAN] = 1 - e->flt;
    c->flt[N_LABELS * i + PAGE_HARSH] = e->flt;
  }
  c->pr = (predictions){.n = pool->n,
                        .n_labels = N_LABELS,
                        .truth = c->truth,
                        .group = c->group,
                        .p = c->p};
  return EAR_OK;
}

static void
clips_free(clips *c)
{
  free(c->truth);
  free(c->group);
  free(c->p);
  free(c->flt);
}

/* Flags instead of the likelier label, into what the confusion picture shows. */
static void
judge_by_flags(metrics *m, const harsh_pool *pool, double threshold)
{
  for (int t = 0; t < N_LABELS; ++t) {
    m->confusion[t][PAGE_CLEAN] = m->confusion[t][PAGE_HARSH] = 0;
  }
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    ++m->confusion[e->harsh][(double)e->score >= threshold];
  }
}

static void
fill_cell(page_harsh_cell *to, const harsh_protocol *p, int c, const clips *k)
{
  const harsh_figures *g = &p->model.cell[c];
  const harsh_pool *pool = &p->pool[c];
  double found = 0, alarms = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    const bool flag = (double)e->score >= p->model.threshold;
    *(e->harsh ? &found : &alarms) += flag;
  }
  const uint32_t n_clean = g->n_clean + g->n_neutral;
  *to = (page_harsh_cell){.name = cell_words[c],
                          .n_harsh = g->n_harsh,
                          .n_clean = n_clean,
                          .n_artists = g->n_artists,
                          .auroc = g->auroc,
                          .auroc_low = g->auroc_low,
                          .auroc_high = g->auroc_high,
                          .balanced = g->balanced,
                          .found = g->n_harsh ? found / g->n_harsh : NAN,
                          .alarms = n_clean ? alarms / n_clean : NAN,
                          .pair = g->pair,
                          .rank = g->rank,
                          .regression = p->regression.cell[c].auroc,
                          .clips = &k->pr};
}

/* Found by how severe they are, new artists and new processors. */
static void
fill_severities(page_harsh *h, const harsh_pool *pool, double threshold)
{
  static const double edge[PAGE_N_SEVERITIES + 1] = {
      HARSH_MIN_SEVERITY, 15, 30, 50, 70, 100};
  for (int s = 0; s < PAGE_N_SEVERITIES; ++s) {
    h->severity[s] = (page_harsh_severity){edge[s], edge[s + 1], 0, 0};
  }
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    int s = 0;
    while (s + 1 < PAGE_N_SEVERITIES && (double)e->severity >= edge[s + 1]) {
      ++s;
    }
    h->severity[s].n += e->harsh;
    h->severity[s].found += e->harsh && (double)e->score >= threshold;
  }
}

static void
fill_harsh(filling *k, const harsh_protocol *p)
{
  page_harsh *h = &k->harsh;
  const harsh_figures *seen = &p->model.cell[CELL_UNSEEN_SEEN];
  const harsh_figures *fresh = &p->model.cell[CELL_UNSEEN_UNSEEN];
  const harsh_pool *pool = &p->pool[CELL_UNSEEN_UNSEEN];
  const harsh_rounding *r = &p->rounding;
  const harsh_heads *heads = &p->heads[CELL_UNSEEN_UNSEEN];
  *h = (page_harsh){.threshold = p->model.threshold,
                    .untouched_alarms = fresh->clean_alarms,
                    .neutral_alarms = fresh->neutral_alarms,
                    .metal_alarms = p->metal_alarms,
                    .n_kinds = DEGRADE_IDENTIFIER,
                    .severity_rank = heads->severity_rank,
                    .severity_error = heads->severity_error,
                    .kind_right = heads->right_all,
                    .covered = heads->covered,
                    .n_changes = HARSH_N_CHANGES,
                    .rounding = {.n = r->n,
                                 .same_flag = r->same_flag,
                                 .same_label = r->same_label,
                                 .balanced = {r->balanced[0], r->balanced[1]},
                                 .auroc = {r->auroc[0], r->auroc[1]}}};
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    fill_cell(&h->cell[c], p, c, &k->cell[c]);
  }
  for (uint32_t i = 0; i < h->n_kinds; ++i) {
    h->kind[i] = (page_harsh_kind){degrade_kind_name((degrade_kind)i), seen->recall[i],
                                   fresh->recall[i]};
  }
  for (uint32_t i = 0; i < h->n_changes; ++i) {
    const harsh_steadiness s = harsh_steadiness_of(pool, i, h->threshold);
    h->change[i] = (page_harsh_change){harsh_change_name(i), s.moved, s.most, s.flipped};
  }
  fill_severities(h, pool, h->threshold);
}

__attribute__((format(printf, 3, 4))) static void
fact(filling *k, const char *name, const char *format, ...)
{
  va_list ap;
  const uint32_t i = k->pg.n_facts++;
  va_start(ap, format);
  vsnprintf(k->value[i], sizeof k->value[i], format, ap);
  va_end(ap);
  k->fact[i] = (page_fact){name, k->value[i]};
}

static void
list_facts(filling *k, const harsh_delivery *d, const ear_model_info *info,
           size_t n_bytes)
{
  const harsh_split *s = d->split;
  k->pg.fact = k->fact;
  fact(k, "goes on, or is judged again, with", "%s", d->o->command);
  fact(k, "music",
       "%.1f h of %u artists trained, %.1f h of %u chose, %.1f h of %u judged",
       s->hours[HARSH_TRAIN], s->artists[HARSH_TRAIN], s->hours[HARSH_VALID],
       s->artists[HARSH_VALID], s->hours[HARSH_TEST], s->artists[HARSH_TEST]);
  fact(k, "trained on", "%u excerpts, %u of them made harsh", d->t->n_examples,
       d->t->n_harsh);
  fact(k, "hash of the split", "%s", d->split_hash);
  fact(k, "recipe", "%s", d->c->recipe->name);
  fact(k, "seeds", "%" PRIu64 ", of the split %" PRIu64, d->o->seed, d->o->split_seed);
  fact(k, "temperature", "%.3f, with the bias of harsh, on the validation side",
       (double)d->t->temperature);
  fact(k, "network", "%" PRIu64 " parameters, %zu bytes", info->n_parameters, n_bytes);
  fact(k, "hash of the model", "%s", info->sha256);
  fact(k, "license of the weights", "%s", d->o->license);
  fact(k, "made by", "%s", ear_version());
}

/* Render the worst again, and hear them as the model does. */
static ear_status
listen(filling *k, const harsh_delivery *d, const harsh_protocol *p, ear_model *model,
       ear_error *err)
{
  uint64_t first;
  const harsh_pool *pool = &p->pool[CELL_UNSEEN_UNSEEN];
  const harsh_plan plan =
      harsh_cell_plan(d->split, CELL_UNSEEN_UNSEEN, &d->c->protocol, &first);
  const uint32_t n_alarms = harsh_worst_of(k->worst, pool, p->model.threshold, true);
  const uint32_t n =
      n_alarms + harsh_worst_of(k->worst + n_alarms, pool, p->model.threshold, false);
  ear_status st = EAR_OK;
  for (uint32_t i = 0; i < n && !st; ++i) {
    harsh_worst *w = &k->worst[i];
    const double score = w->example->score;
    page_hearing *h = i < N_HEARINGS ? &k->hearing[i] : NULL;
    char path[PATH_MAX];
    st = harsh_worst_write(w, &plan, first, d->folder, err);
    k->mistake[i] = (page_mistake){.file = w->what,
                                   .link = w->name,
                                   .truth = w->example->harsh,
                                   .said = !w->example->harsh,
                                   .p_said = w->example->harsh ? 1 - score : score,
                                   .p_truth = w->example->harsh ? score : 1 - score};
    if (h) {
      *h = (page_hearing){.file = w->what,
                          .truth = w->example->harsh,
                          .said = !w->example->harsh,
                          .p_said = k->mistake[i].p_said};
      k->pg.n_hearings = i + 1;
    }
    snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - 64, d->folder, w->name);
    st = st ? st : page_listen(&k->mistake[i], h, model, path, err);
  }
  k->harsh.n_alarms = n_alarms;
  k->pg.n_mistakes = n;
  return st;
}

static ear_status
fill(filling *k, const harsh_delivery *d, const harsh_protocol *p, ear_model *model,
     size_t n_bytes, ear_error *err)
{
  static const char *const labels[N_LABELS] = {"clean", "harsh"};
  const ear_model_info *info = ear_model_info_get(model);
  const clips *last = &k->cell[CELL_UNSEEN_UNSEEN];
  char word[PATH_MAX];
  ear_status st = EAR_OK;
  for (int c = 0; c < HARSH_N_CELLS && !st; ++c) {
    st = clips_new(&k->cell[c], &p->pool[c]);
  }
  predictions flt = last->pr;
  flt.p = last->flt;
  st = st ? st
          : side_figures_of(&k->judged, "test", &last->pr, p->rounding.n ? &flt : NULL,
                            d->o->seed);
  if (st) {
    return fail(err, st, "not enough memory for the page");
  }
  judge_by_flags(&k->judged.int8, &p->pool[CELL_UNSEEN_UNSEEN], p->model.threshold);
  fill_harsh(k, p);
  shell_word(word, sizeof word, d->o->out);
  snprintf(k->run, sizeof k->run, "earshot live --model %s", word);
  k->pg = (page){.name = d->o->name,
                 .run = k->run,
                 .n_labels = N_LABELS,
                 .label = labels,
                 .threshold = info->threshold,
                 .temperature = (double)d->t->temperature,
                 .judged = &k->judged,
                 .clips = &last->pr,
                 .history = &d->t->fitted.history,
                 .kept_epoch = d->t->fitted.kept_epoch,
                 .mistake = k->mistake,
                 .hearing = k->hearing,
                 .probe = k->probe,
                 .harsh = &k->harsh};
  list_facts(k, d, info, n_bytes);
  st = listen(k, d, p, model, err);
  st = st ? st : page_probe_all(k->probe, model, err);
  k->pg.n_probes = st ? 0 : PAGE_N_PROBES;
  return st;
}

ear_status
harsh_page(const harsh_delivery *d, const harsh_protocol *p, const uint8_t *bytes,
           size_t n, ear_error *err)
{
  ear_model *model;
  filling *k = calloc(1, sizeof *k);
  if (!k) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the page");
  }
  ear_status st = ear_model_parse(&model, bytes, n, err);
  if (!st) {
    st = fill(k, d, p, model, n, err);
    st = st ? st : page_write(d->folder, &k->pg, err);
    ear_model_unref(model);
  }
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    clips_free(&k->cell[c]);
  }
  for (uint32_t i = 0; i < N_HEARINGS; ++i) {
    page_hearing_free(&k->hearing[i]);
  }
  free(k);
  return st;
}
