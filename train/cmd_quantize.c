/* SPDX-License-Identifier: ISC */
/* earshot-train quantize CHECKPOINT -o OUT: the integers of a float network, by
   calibration alone.  What is not given follows from the folder of the run. */
#include "cmd.h"
#include "deliver.h"
#include "fail.h"
#include "file.h"
#include "revive.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: earshot-train quantize CHECKPOINT -o OUT.safetensors [options]\n"
    "\n"
    "CHECKPOINT is last.ckpt or best.ckpt of a run's folder.  Ranges are found on its\n"
    "training clips; the model is judged as after training.\n"
    "  --data DATASET       its sounds (where the run found them)\n"
    "  --csv FILE, --columns LIST, --group-re REGEX, --split FILE, --cache DIR,\n"
    "  --name NAME, --task T, --threshold P|never, --precision P, --unsure M|never\n"
    "  --license TEXT\n"
    "                       as for training\n"
    "\n"
    "examples:\n"
    "  earshot-train quantize my.run/best.ckpt -o my8.safetensors\n"
    "  earshot-train quantize best.ckpt -o my8.safetensors --data MySounds\n";

/* What the folder of the run says; texts live as long as json. */
typedef struct {
  json_t *json; /* of config.json; NULL: there is none */
  char split[PATH_MAX];
} run_facts;

static void
run_facts_read(run_facts *f, const char *checkpoint_path)
{
  char path[PATH_MAX];
  const char *slash = strrchr(checkpoint_path, '/');
  const int n = slash ? (int)(slash - checkpoint_path) + 1 : 0;
  snprintf(path, sizeof path, "%.*sconfig.json", n, checkpoint_path);
  f->json = json_load_file(path, 0, NULL);
  snprintf(f->split, sizeof f->split, "%.*ssplit.csv", n, checkpoint_path);
}

static const char *
fact(const json_t *object, const char *key)
{
  return json_string_value(json_object_get(object, key));
}

/* The source of the sounds, unless --data names another. */
static ear_status
find_source(options *o, const run_facts *f, const char *checkpoint_path, ear_error *err)
{
  const json_t *s = json_object_get(f->json, "source");
  o->dataset = o->data ? o->data : fact(s, "folder");
  if (!o->dataset) {
    return fail(err, EAR_BAD_ARGUMENT,
                "beside %s no config.json says where its sounds are: give --data DATASET",
                checkpoint_path);
  }
  if (!o->data) {
    dataset_source *d = &o->source;
    d->csv = d->csv ? d->csv : fact(s, "csv");
    d->columns = d->columns ? d->columns : fact(s, "columns");
    d->group_re = d->group_re ? d->group_re : fact(s, "group_re");
    d->group_tag = d->group_tag ? d->group_tag : fact(s, "group_tag");
    d->levels = d->levels > 1
                    ? d->levels
                    : (uint32_t)json_integer_value(json_object_get(s, "levels"));
    d->several = d->several || json_is_true(json_object_get(s, "several"));
  }
  if (!o->split && access(f->split, R_OK) == 0) {
    o->split = f->split;
  }
  return EAR_OK;
}

static void
find_name(options *o, const run_facts *f)
{
  const json_t *threshold = json_object_get(f->json, "threshold");
  const json_t *precision = json_object_get(f->json, "precision");
  const char *name = fact(f->json, "name"), *task = fact(f->json, "task");
  const char *license = fact(f->json, "license");
  o->name = o->name ? o->name : name ? name : "quantized";
  o->task = o->task ? o->task : task ? task : "classifier";
  o->license = *o->license ? o->license : license ? license : "";
  if (o->threshold <= 0 && json_is_number(threshold)) {
    o->threshold = (float)json_number_value(threshold);
  }
  const json_t *unsure = json_object_get(f->json, "unsure");
  if (o->unsure <= 0 && json_is_number(unsure)) {
    o->unsure = (float)json_number_value(unsure);
  }
  if (o->precision == 0.9f && json_is_number(precision)) {
    o->precision = (float)json_number_value(precision);
  }
}

/* The network's outputs are these labels, in this order. */
static ear_status
check_labels(const revived *r, const dataset *ds, const char *path, ear_error *err)
{
  for (uint32_t l = 0; l < r->n_labels || l < ds->n_labels; ++l) {
    const char *there = l < r->n_labels ? r->label[l] : "nothing";
    const char *here = l < ds->n_labels ? ds->label[l] : "nothing";
    if (strcmp(there, here) != 0) {
      return fail(
          err, EAR_BAD_ARGUMENT,
          "label %u of %s is %s, that of the sounds %s: give the data set that it "
          "was trained on",
          l + 1, path, there, here);
    }
  }
  return EAR_OK;
}

static ear_status
deliver_revived(const options *o, const revived *r, const checkpoint *c, const intake *in,
                ear_error *err)
{
  band_norm norm;
  delivered result;
  char *text = NULL;
  fit_result fitted = {.epochs = r->epoch, .kept_epoch = r->epoch};
  const char *hash =
      json_string_value(json_object_get(checkpoint_settings(c), "split_sha256"));
  feature_units_of(&norm.units, &r->recipe.front_end);
  memcpy(norm.mean, r->mean, sizeof norm.mean);
  memcpy(norm.inverse_std, r->inverse_std, sizeof norm.inverse_std);
  const delivery d = {o, &r->recipe, in, &norm, hash ? hash : "", &fitted, r->net, NULL};
  const ear_status st = deliver(&d, &result, &text, err);
  if (!st) {
    fputs(text, stdout);
    fprintf(stderr, "%s is ready\n  judge a file:  earshot file --model %s SOUND\n",
            o->out, o->out);
  }
  free(text);
  delivered_free(&result);
  return st;
}

/* From the checkpoint to the model; *some_failed: clips were left out. */
static ear_status
quantize(const options *given, bool *some_failed, ear_error *err)
{
  const char *path = given->dataset;
  options o = *given; /* and what the run knew */
  checkpoint *c;
  revived r;
  run_facts f;
  intake in;
  const intake_say quiet = {NULL, NULL, NULL};
  ear_status st = checkpoint_open(&c, path, err);
  if (st) {
    return st;
  }
  run_facts_read(&f, path);
  st = revive(&r, c, path, err);
  st = st ? st : find_source(&o, &f, path, err);
  st = st ? st : file_can_be_written(o.out, err);
  st = st ? st : intake_open(&in, &o, &r.recipe.front_end, true, &quiet, err);
  if (!st) {
    *some_failed = in.n_dropped > 0;
    find_name(&o, &f);
    st = check_labels(&r, &in.ds, path, err);
    st = st ? st : deliver_revived(&o, &r, c, &in, err);
    intake_free(&in);
  }
  revived_free(&r);
  json_decref(f.json);
  checkpoint_free(c);
  return st;
}

int
cmd_quantize(int argc, char **argv)
{
  options o;
  bool some_failed = false;
  ear_error err = {""};
  const int code = options_parse(&o, argc, argv, 1, usage);
  if (code || o.help) {
    return code;
  }
  if (!o.out) {
    fprintf(stderr, "earshot-train: -o OUT.safetensors is missing\n%s", usage);
    return CMD_USAGE;
  }
  const ear_status st = quantize(&o, &some_failed, &err);
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err.text[0] ? err.text : ear_strerror(st));
    return CMD_FAILED;
  }
  return some_failed ? CMD_SOME_FAILED : CMD_DONE;
}
