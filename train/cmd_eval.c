/* SPDX-License-Identifier: ISC */
/* earshot-train eval MODEL DATASET: what an existing int8 model says of whole clips,
   through the engine as a user runs it. */
#include "cmd.h"
#include "evaluate.h"
#include "options.h"
#include "over_time.h"
#include "report.h"
#include "split.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: earshot-train eval MODEL DATASET [options]\n"
    "\n"
    "MODEL is a file or the name of a built-in model; DATASET as for training.\n"
    "  --levels N, --several  as in training\n"
    "  --csv FILE, --columns LIST, --group-re REGEX   as for training\n"
    "  --split FILE                 table with the columns path,split\n"
    "  --split-name train|valid|test|all              which clips (valid)\n"
    "  --json                       figures as one JSON object\n"
    "\n"
    "Exit code 3 when some sounds could not be read (each is named).\n"
    "\n"
    "examples:\n"
    "  earshot-train eval my.safetensors MySounds --split my.run/split.csv\n"
    "  earshot-train eval genre gtzan --csv index.csv --split-name valid --json\n";

static int
print(const evaluation *e, const over_time *time, const options *o,
      const ear_model_info *info)
{
  side_figures sf;
  const predictions pr = evaluation_predictions(e);
  const char *name = o->side == N_SIDES ? "all" : side_name(o->side);
  if (side_figures_of(&sf, name, &pr, NULL, o->seed)) {
    return CMD_FAILED;
  }
  side_figures_unsure(&sf, &pr, info->unsure);
  if (!o->json) {
    printf("%s (%s)\n", info->name, info->sha256);
    report_text(stdout, &sf, info->n_labels, info->label);
    if (time) {
      over_time_text(stdout, time);
    }
    return CMD_DONE;
  }
  json_t *all =
      json_pack("{s:s, s:s, s:s, s:o}", "model", info->name, "sha256", info->sha256,
                "split", name, "figures", report_json(&sf, info->n_labels, info->label));
  if (all && time) {
    json_object_set_new(all, "over_time", over_time_json(time));
  }
  const bool good =
      all && json_dumpf(all, stdout,
                        JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(4)) == 0;
  putchar('\n');
  json_decref(all);
  return good ? CMD_DONE : CMD_FAILED;
}

static int
judge(ear_model *model, const intake *in, const options *o, ear_error *err)
{
  evaluation e;
  over_time time;
  if (evaluate_model(&e, model, &in->ds, o->side, err)) {
    return CMD_FAILED;
  }
  for (uint32_t i = 0; i < e.n_failed; ++i) {
    fprintf(stderr, "left out: %s\n", e.problem[i]);
  }
  const bool timed = e.n > 0 && !dataset_is_multi(&in->ds) &&
                     !over_time_of(&time, model, &in->ds, o->side, err) && time.n > 0;
  int code = e.n_failed ? CMD_SOME_FAILED : CMD_DONE;
  if (e.n == 0) {
    snprintf(err->text, sizeof err->text, "%s has no readable clip on that side",
             o->dataset);
    code = CMD_FAILED;
  } else if (print(&e, timed ? &time : NULL, o, ear_model_info_get(model)) != CMD_DONE) {
    code = CMD_FAILED;
  }
  evaluation_free(&e);
  return code;
}

int
cmd_eval(int argc, char **argv)
{
  options o;
  intake in;
  ear_model *model;
  ear_error err = {""};
  const intake_say quiet = {NULL, NULL, NULL};
  int code = options_parse(&o, argc, argv, 2, usage);
  if (code || o.help) {
    return code;
  }
  const bool file = strchr(o.model, '/') || strchr(o.model, '.');
  if (file ? ear_model_open(&model, o.model, &err)
           : ear_model_builtin(&model, o.model, &err)) {
    fprintf(stderr, "earshot-train: %s\n", err.text);
    return CMD_MODEL_REFUSED;
  }
  code = CMD_FAILED;
  if (!intake_open(&in, &o, NULL, false, &quiet, &err)) {
    if (!o.split || !split_read(&in.ds, o.split, &err)) {
      o.side = o.side ? o.side : split_given(&in.ds) ? SIDE_VALID : N_SIDES;
      code = judge(model, &in, &o, &err);
    }
    intake_free(&in);
  }
  ear_model_unref(model);
  if (code == CMD_FAILED) {
    fprintf(stderr, "earshot-train: %s\n", err.text);
  }
  return code;
}
