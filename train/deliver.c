/* SPDX-License-Identifier: ISC */
/* Nothing that depends on the day or the machine's paths enters the model file. */
#include "deliver.h"
#include "export.h"
#include "fail.h"
#include "file.h"
#include "page_fill.h"
#include "patches.h"
#include "statistics.h"
#include "unsure.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Labels that say that there is nothing to tell; never flagged. */
static bool
is_nothing(const options *o, const char *label)
{
  static const char *const names[] = {"background", "noise", "other", "silence"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (!strcmp(label, names[i])) {
      return true;
    }
  }
  return !strcmp(o->task, "harshness") && !strcmp(label, "clean");
}

static ear_status
make_model(const delivery *d, const delivered *result, const char *card, uint8_t **bytes,
           size_t *n, ear_error *err)
{
  float threshold[EAR_MAX_LABELS], *patches = NULL;
  uint32_t n_patches;
  const dataset *ds = &d->in->ds;
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    threshold[l] = is_nothing(d->o, ds->label[l]) ? 2 : result->flag[l].threshold;
  }
  const export_info info = {.name = d->o->name,
                            .task = d->o->task,
                            .license = d->o->license,
                            .card = card,
                            .n_labels = ds->n_labels,
                            .label = (const char *const *)ds->label,
                            .threshold = threshold,
                            .temperature = (float)result->temperature,
                            .unsure = result->unsure,
                            .mean = d->norm->mean,
                            .inverse_std = d->norm->inverse_std};
  if (patches_of(&patches, &n_patches, ds, &d->in->fs, d->norm, d->r)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  const ear_status st = export_model(d->net, &info, patches, n_patches, bytes, n, err);
  free(patches);
  return st;
}

static bool
is_sigmoid(const delivery *d)
{
  return d->r->train.activation == RECIPE_SIGMOID;
}

/* One that chooses one of its labels. */
static bool
may_be_unsure(const delivery *d)
{
  return !strcmp(d->o->task, "classifier") && !is_sigmoid(d);
}

/* What validation asks for, by the model as it is without: bytes [n]. */
static ear_status
adjust(const delivery *d, const uint8_t *bytes, size_t n, delivered *result,
       ear_error *err)
{
  ear_model *model;
  evaluation e = {0};
  if (dataset_side(&d->in->ds, SIDE_VALID, NULL) == 0) {
    return EAR_OK;
  }
  ear_status st = ear_model_parse(&model, bytes, n, err);
  if (st) {
    return st;
  }
  st = evaluate_model(&e, model, &d->in->ds, SIDE_VALID, err);
  const predictions pr = evaluation_predictions(&e);
  if (!st) {
    result->temperature = temperature_of(&pr, is_sigmoid(d));
  }
  for (uint32_t i = 0; i < e.n && !st; ++i) {
    soften(e.p + (size_t)i * e.n_labels, e.n_labels, result->temperature, is_sigmoid(d));
  }
  if (!st && d->o->threshold <= 0) {
    result->by_precision = true;
    st = thresholds_of(result->flag, &pr, (double)d->o->precision);
  }
  if (!st && d->o->unsure <= 0 && may_be_unsure(d)) {
    st = unsure_margin(&result->unsure, &pr);
  }
  evaluation_free(&e);
  ear_model_unref(model);
  return st;
}

/* One side, result->side[i], through the engine and through the float network. */
static ear_status
judge(const delivery *d, ear_model *model, side s, delivered *result, uint32_t i,
      ear_error *err)
{
  evaluation *int8 = &result->heard[i], *flt = &result->by_float[i];
  ear_status st = evaluate_model(int8, model, &d->in->ds, s, err);
  if (st) {
    return st;
  }
  st = int8->n_failed ? fail(err, EAR_IO, "%s", int8->problem[0])
                      : evaluate_net(flt, d->net, &d->in->fs, d->norm, &d->in->ds, s,
                                     result->temperature, err);
  if (!st) {
    const predictions a = evaluation_predictions(int8);
    const predictions b = evaluation_predictions(flt);
    st = side_figures_of(&result->side[i], side_name(s), &a, &b, d->o->seed);
    side_figures_unsure(&result->side[i], &a, result->unsure);
  }
  return st;
}

static ear_status
judge_all(const delivery *d, const uint8_t *bytes, size_t n, delivered *result,
          ear_error *err)
{
  ear_model *model;
  ear_status st = ear_model_parse(&model, bytes, n, err);
  if (st) {
    return st;
  }
  result->n_parameters = ear_model_info_get(model)->n_parameters;
  for (side s = SIDE_VALID; s <= SIDE_TEST && !st; ++s) {
    if (dataset_side(&d->in->ds, s, NULL) > 0) {
      st = judge(d, model, s, result, result->n_sides, err);
      result->n_sides += !st;
    }
  }
  ear_model_unref(model);
  return st;
}

/* What it was trained on and how well it does, as JSON text. */
static char *
make_card(const delivery *d, const delivered *result)
{
  const dataset *ds = &d->in->ds;
  char *command = options_command(d->o, d->in, d->r);
  json_t *sides = json_object();
  for (uint32_t i = 0; i < result->n_sides; ++i) {
    json_object_set_new(
        sides, result->side[i].side,
        report_json(&result->side[i], ds->n_labels, (const char *const *)ds->label));
  }
  json_t *card = json_pack(
      "{s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:I, s:i, s:i, s:I, s:o}", "made_by",
      ear_version(), "dataset", ds->name, "clips", (int)ds->n_clips, "groups",
      (int)ds->n_groups, "train_clips", (int)dataset_side(ds, SIDE_TRAIN, NULL),
      "split_sha256", d->split_hash, "recipe", d->r->name, "seed", (json_int_t)d->o->seed,
      "epochs", (int)d->fitted->epochs, "kept_epoch", (int)d->fitted->kept_epoch,
      "parameters", (json_int_t)result->n_parameters, "figures", sides);
  char *text = NULL;
  if (card && command &&
      json_object_set_new(card, "command", json_string(command)) == 0) {
    text = json_dumps(card, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(4));
  }
  json_decref(card);
  free(command);
  return text;
}

/* From where on each class flags, and how often that was right. */
static void
put_flags(FILE *f, const delivery *d, const delivered *result)
{
  fprintf(f, "temperature %.3f\n", result->temperature);
  if (!result->by_precision) {
    return;
  }
  fprintf(f, "\nflags for a precision of %.2f on validation\n", (double)d->o->precision);
  for (uint32_t l = 0; l < d->in->ds.n_labels; ++l) {
    const class_threshold *ct = &result->flag[l];
    if (is_nothing(d->o, d->in->ds.label[l])) {
      fprintf(f, "  %-20s never\n", d->in->ds.label[l]);
      continue;
    }
    fprintf(f, "  %-20s from %.3f: %u of %u flags right, %u of %u clips found%s\n",
            d->in->ds.label[l], (double)ct->threshold, ct->hits, ct->flagged, ct->hits,
            ct->n, ct->reached ? "" : "; no threshold is that precise");
  }
}

static ear_status
probe(delivered *result, const uint8_t *bytes, size_t n, ear_error *err)
{
  ear_model *model;
  ear_status st = ear_model_parse(&model, bytes, n, err);
  if (!st) {
    st = page_probe_all(result->probe, model, err);
    ear_model_unref(model);
  }
  return st;
}

static void
put_probes(FILE *f, const dataset *ds, const delivered *result)
{
  fputs("\nself-test\n", f);
  for (uint32_t k = 0; k < PAGE_N_PROBES; ++k) {
    const page_probe *p = &result->probe[k];
    if (p->said < ds->n_labels) {
      fprintf(f, "  %-24s %s %.2f%s\n", p->name, ds->label[p->said], p->p,
              p->flagged ? ", flagged" : "");
    } else {
      fprintf(f, "  %-24s no verdict\n", p->name);
    }
  }
}

static char *
make_text(const delivery *d, const delivered *result)
{
  const dataset *ds = &d->in->ds;
  char note[256], *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return NULL;
  }
  fprintf(f,
          "%s: %zu bytes, %" PRIu64
          " parameters, recipe %s, seed %llu, epoch %u of %u kept\n",
          d->o->name, result->n_bytes, result->n_parameters, d->r->name,
          (unsigned long long)d->o->seed, d->fitted->kept_epoch, d->fitted->epochs);
  fprintf(f, "split %s\n", d->split_hash);
  put_flags(f, d, result);
  variants_note(d->r, note);
  fprintf(f, "%s%s", note, note[0] ? "\n" : "");
  for (uint32_t i = 0; i < result->n_sides; ++i) {
    putc('\n', f);
    report_text(f, &result->side[i], ds->n_labels, (const char *const *)ds->label);
  }
  put_probes(f, ds, result);
  return fclose(f) == 0 ? text : NULL;
}

void
delivered_free(delivered *result)
{
  for (int i = 0; i < 2; ++i) {
    evaluation_free(&result->heard[i]);
    evaluation_free(&result->by_float[i]);
  }
}

/* The model as it will be, but for its card: made plain, adjusted, made again, judged. */
static ear_status
measure(const delivery *d, delivered *result, ear_error *err)
{
  uint8_t *bytes = NULL;
  size_t n = 0;
  for (uint32_t l = 0; l < EAR_MAX_LABELS; ++l) {
    result->flag[l].threshold = d->o->threshold > 0 ? d->o->threshold : 0.5f;
  }
  result->unsure = d->o->unsure <= 1 && may_be_unsure(d) ? d->o->unsure : 0;
  ear_status st = make_model(d, result, "", &bytes, &n, err);
  st = st ? st : adjust(d, bytes, n, result, err);
  free(bytes);
  bytes = NULL;
  st = st ? st : make_model(d, result, "", &bytes, &n, err);
  st = st ? st : judge_all(d, bytes, n, result, err);
  free(bytes);
  return st;
}

static ear_status
deliver_net(const delivery *d, delivered *result, char **text, ear_error *err)
{
  uint8_t *bytes = NULL;
  size_t n = 0;
  char path[PATH_MAX], *card = NULL;
  *result = (delivered){.temperature = 1};
  *text = NULL;
  ear_status st = measure(d, result, err);
  if (!st && !(card = make_card(d, result))) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st) {
    st = make_model(d, result, card, &bytes, &n, err);
  }
  result->n_bytes = n;
  st = st ? st : probe(result, bytes, n, err);
  if (!st && !(*text = make_text(d, result))) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st) {
    snprintf(path, sizeof path, "%s.report.txt", d->o->out);
    st = file_write(d->o->out, bytes, n, NULL, err);
    st = st ? st : file_write(path, *text, strlen(*text), NULL, err);
  }
  if (!st) {
    st = page_deliver(d, result, bytes, n, err);
  }
  free(card);
  free(bytes);
  return st;
}

ear_status
deliver(const delivery *d, delivered *result, char **text, ear_error *err)
{
  statistics s = {.net = NULL};
  delivery with = *d;
  if (!d->r->train.statistics) {
    return deliver_net(d, result, text, err);
  }
  *result = (delivered){.temperature = 1};
  *text = NULL;
  ear_status st = statistics_add(&s, d->net, &d->in->ds, &d->in->fs, d->norm, err);
  if (!st && s.net) {
    with.net = s.net;
    with.r = &s.recipe;
  }
  st = st ? st : deliver_net(&with, result, text, err);
  statistics_free(&s);
  return st;
}
