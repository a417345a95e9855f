/* SPDX-License-Identifier: ISC */
/* Nothing that depends on the day or the machine's paths enters the model file: the same
   run gives the same bytes. */
#include "harsh_deliver.h"

#include "fail.h"
#include "file.h"
#include "harsh_page.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
cell_json(const harsh_protocol *p, int cell)
{
  const harsh_figures *m = &p->model.cell[cell];
  return json_pack("{s:f,s:[f,f],s:f,s:f,s:f,s:f,s:f,s:f}", "auroc", m->auroc, "auroc_95",
                   m->auroc_low, m->auroc_high, "balanced_accuracy", m->balanced,
                   "pair_accuracy", m->pair, "neutral_false_alarms", m->neutral_alarms,
                   "clean_false_alarms", m->clean_alarms, "regression_auroc",
                   p->regression.cell[cell].auroc, "best_measure_auroc",
                   p->measure.cell[cell].auroc);
}

/* Of the further heads; a figure that there is not is null. */
static json_t *
heads_json(const harsh_heads *h)
{
  const double value[] = {h->severity_rank, h->severity_error, h->right_all, h->covered,
                          h->octaves};
  static const char *const name[] = {"severity_rank", "severity_error", "kind_right",
                                     "range_covers", "range_octaves"};
  json_t *heads = json_object();
  for (size_t i = 0; i < sizeof value / sizeof *value; ++i) {
    json_object_set_new(heads, name[i],
                        isnan(value[i]) ? json_null() : json_real(value[i]));
  }
  return heads;
}

static json_t *
cells_json(const harsh_protocol *p)
{
  json_t *cells = json_object();
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    json_t *cell = cell_json(p, c);
    json_object_set_new(cell, "heads", heads_json(&p->heads[c]));
    json_object_set_new(cells, harsh_cell_name[c], cell);
  }
  const harsh_rounding *r = &p->rounding;
  if (r->n) {
    json_object_set_new(cells, "int8 against float",
                        json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "excerpts", (int)r->n,
                                  "same_flag", r->same_flag, "balanced_accuracy_int8",
                                  r->balanced[0], "balanced_accuracy_float",
                                  r->balanced[1], "auroc_int8", r->auroc[0],
                                  "auroc_float", r->auroc[1]));
  }
  return cells;
}

/* JSON text; takes what. */
static char *
dump(json_t *what)
{
  char *text = what ? json_dumps(what, JSON_INDENT(1) | JSON_REAL_PRECISION(4)) : NULL;
  json_decref(what);
  return text;
}

/* The card inside the model file. */
static char *
make_card(const harsh_delivery *d, const harsh_protocol *p)
{
  const harsh_options *o = d->o;
  const harsh_split *split = d->split;
  return dump(json_pack("{s:s,s:s,s:f,s:i,s:i,s:i,s:i,s:s,s:i,s:i,s:i,s:o,s:s}", "data",
                        "free music of Debian packages (train/corpus.csv), clean sources",
                        "recipe", o->recipe, "train_hours", split->hours[HARSH_TRAIN],
                        "train_artists", (int)split->artists[HARSH_TRAIN], "test_artists",
                        (int)split->artists[HARSH_TEST], "examples",
                        (int)d->t->n_examples, "harsh_examples", (int)d->t->n_harsh,
                        "split_sha256", d->split_hash, "seed", (int)o->seed, "split_seed",
                        (int)o->split_seed, "units", (int)o->units, "figures",
                        cells_json(p), "note", "not perceptually validated"));
}

static ear_status
save(const char *path, const char *ending, const void *bytes, size_t n, ear_error *err)
{
  char name[PATH_MAX];
  snprintf(name, sizeof name, "%.*s%s", PATH_MAX - 32, path, ending);
  return file_write(name, bytes, n, NULL, err);
}

/* Figures as text beside the model and as JSON in the folder. */
static ear_status
save_figures(const harsh_delivery *d, const harsh_protocol *p, ear_error *err)
{
  char *text = harsh_protocol_text(p), *figures = dump(cells_json(p));
  ear_status st = text && figures
                      ? save(d->o->out, ".report.txt", text, strlen(text), err)
                      : fail(err, EAR_NO_MEMORY, "not enough memory for the report");
  if (!st) {
    fputs(text, stdout);
    fflush(stdout);
    st = save(d->folder, "/" HARSH_FIGURES, figures, strlen(figures), err);
  }
  free(text);
  free(figures);
  return st;
}

/* The model once more, with what the engine said of it in its card. */
static ear_status
save_judged(const harsh_delivery *d, const harsh_protocol *p, ear_error *err)
{
  uint8_t *bytes = NULL;
  size_t n;
  char *card = make_card(d, p);
  ear_status st = card ? harsh_export(d->t, d->c, card, &bytes, &n, err)
                       : fail(err, EAR_NO_MEMORY, "not enough memory for the card");
  st = st ? st : save(d->o->out, "", bytes, n, err);
  st = st ? st : harsh_page(d, p, bytes, n, err);
  free(card);
  free(bytes);
  return st ? st : save_figures(d, p, err);
}

static bool
stopped(const harsh_delivery *d)
{
  return *d->c->protocol.stop != 0;
}

ear_status
harsh_deliver(const harsh_delivery *d, ear_error *err)
{
  uint8_t *bytes = NULL;
  size_t n;
  ear_model *model = NULL;
  harsh_protocol p;
  ear_status st = harsh_export(d->t, d->c, "", &bytes, &n, err);
  st = st ? st : ear_model_parse(&model, bytes, n, err);
  st = st ? st : save(d->o->out, "", bytes, n, err);
  free(bytes);
  if (!st && !stopped(d)) {
    const harsh_float flt = {d->t->net, &d->c->recipe->front_end, &d->t->norm,
                             (double)d->t->temperature};
    harsh_protocol_options o = d->c->protocol;
    o.flt = &flt;
    st = harsh_protocol_run(&p, d->split, model, &o, err);
    st = st ? st : save_judged(d, &p, err);
    harsh_protocol_free(&p);
  }
  if (stopped(d) && (!st || st == EAR_IO)) {
    fprintf(stderr, "%s is written, without figures%s; --resume goes on\n", d->o->out,
            d->t->calibrated ? "" : " and not calibrated");
    st = EAR_OK;
  }
  ear_model_unref(model);
  return st;
}
