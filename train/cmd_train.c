/* SPDX-License-Identifier: ISC */
/* earshot-train DATASET -o OUT: from folders of sound to a model that runs live.
   Results on stdout, all else on stderr. */
#include "cmd.h"
#include "deliver.h"
#include "file.h"
#include "run_folder.h"
#include "split.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: earshot-train DATASET -o OUT.safetensors [options]\n"
    "\n"
    "DATASET is a folder with one folder a class, or the folder of a table (--csv).\n"
    "  --recipe NAME|FILE   network and settings (genre)\n"
    "  --csv FILE           table with the columns path,label,group,split\n"
    "  --columns LIST       other names for them: label=genre,group=artist\n"
    "  --split FILE         table with the columns path,split\n"
    "  --group-re REGEX     what it matches in a path is the group (artist)\n"
    "  --seed N             (1) same seed, same machine: same file\n"
    "  --name NAME          of the model (OUT without its ending)\n"
    "  --epochs N           instead of the recipe's\n"
    "  --cache DIR|none     for decoded features (~/.cache/earshot/features)\n"
    "  --task classifier|harshness\n"
    "  --threshold P|never  likelihood from which a class makes events (0.5); never:\n"
    "                       a kind of thing, not something to be warned of\n"
    "  --license TEXT       of the weights\n"
    "\n"
    "Ctrl-C ends after the epoch and still writes the model.\n"
    "\n"
    "examples:\n"
    "  earshot-train MySounds -o my.safetensors\n"
    "  earshot-train gtzan --csv index.csv -o genre.safetensors --recipe genre --seed "
    "7\n";

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
  (void)number;
  interrupted = 1;
}

static void
say_features(void *user, uint32_t done, uint32_t n)
{
  (void)user;
  if (isatty(STDERR_FILENO)) {
    fprintf(stderr, "\rfeatures %u/%u%s", done, n, done == n ? "\n" : "");
  }
}

static void
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

static void
say_settings(const options *o, const intake *in, const recipe *r)
{
  const dataset *ds = &in->ds;
  const recipe_train *t = &r->train;
  static const char *const optimizer[] = {"sgd", "adam", "adamw"};
  for (uint32_t i = 0; i < in->n_dropped; ++i) {
    fprintf(stderr, "left out: %s\n", in->problem[i]);
  }
  fprintf(stderr,
          "%s: %u classes, %u clips, %u groups; train %u (%.2f h), valid %u, "
          "test %u; %u left out, %u from the cache\n",
          ds->name, ds->n_labels, ds->n_clips, ds->n_groups,
          dataset_side(ds, SIDE_TRAIN, NULL), featureset_hours(&in->fs, ds, SIDE_TRAIN),
          dataset_side(ds, SIDE_VALID, NULL), dataset_side(ds, SIDE_TEST, NULL),
          in->n_dropped, in->fs.n_cached);
  fprintf(stderr,
          "recipe %s, seed %llu, name %s, task %s: %.0f Hz %u/%u/%u, %u frames; %s "
          "rate %g decay %g, batch %u, epochs %u, crops %u, patience %u, smoothing "
          "%g, mixup %g, gain %g dB, eq %g dB, averaging %g, balance %s\n",
          r->name, (unsigned long long)o->seed, o->name, o->task,
          (double)r->front_end.rate_hz, r->front_end.n_fft, r->front_end.hop,
          ear_front_end_values(&r->front_end), r->frames, optimizer[t->optimizer],
          (double)t->learning_rate, (double)t->weight_decay, t->batch, t->epochs,
          t->crops, t->patience, (double)t->label_smoothing, (double)t->mixup,
          (double)t->gain_db, (double)t->eq_db, (double)t->averaging,
          t->balance ? "yes" : "no");
}

/* Patches of a validation clip, so many that all clips together stay a few thousand. */
static uint32_t
valid_per_clip(uint32_t n_clips)
{
  return n_clips >= 1024 ? 1 : n_clips >= 256 ? 2 : 4;
}

static ear_status
train(const options *o, const recipe *r, const intake *in, const band_norm *norm,
      fit_result *result, nn **net, ear_error *err)
{
  clip_source t, v;
  ear_status st = clip_source_new(&t, &in->ds, &in->fs, SIDE_TRAIN, norm, r, o->seed);
  if (st) {
    return st;
  }
  st = clip_source_new(&v, &in->ds, &in->fs, SIDE_VALID, norm, r, o->seed);
  if (!st) {
    t.random = true;
    t.per_clip = r->train.crops ? r->train.crops : 1;
    v.per_clip = valid_per_clip(v.n_clips);
    const fit_config config = {.recipe = r,
                               .train = clip_source_examples(&t),
                               .valid = clip_source_examples(&v),
                               .seed = o->seed,
                               .say = say_epoch,
                               .stop = &interrupted};
    st = fit(net, &config, result, err);
    clip_source_free(&v);
  }
  clip_source_free(&t);
  return st;
}

static ear_status
find_norm(band_norm *norm, const intake *in)
{
  const feature_clip **c = calloc(in->ds.n_clips + 1u, sizeof *c);
  uint32_t n = 0;
  if (!c) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < in->ds.n_clips; ++i) {
    if (in->ds.clip[i].side == SIDE_TRAIN) {
      c[n++] = &in->fs.clip[i];
    }
  }
  band_norm_of(norm, c, n, &in->fs.front_end);
  free(c);
  return EAR_OK;
}

/* Everything after the data set is open. */
static ear_status
run(const options *o, const recipe *r, const intake *in, ear_error *err)
{
  char path[PATH_MAX], folder[PATH_MAX], hash[65], *text = NULL;
  band_norm norm;
  fit_result fitted;
  delivered result;
  nn *net = NULL;
  snprintf(path, sizeof path, "%s.split.csv", o->out);
  ear_status st = file_can_be_written(o->out, err);
  st = st ? st : split_write(&in->ds, path, hash, err);
  run_folder_path(folder, o->out);
  st = st ? st : find_norm(&norm, in);
  st = st ? st : run_folder_make(folder, err);
  st = st ? st : train(o, r, in, &norm, &fitted, &net, err);
  if (st) {
    return st;
  }
  const delivery d = {o, r, in, &norm, hash, &fitted, net, folder};
  st = deliver(&d, &result, &text, err);
  if (!st) {
    fputs(text, stdout);
    fprintf(stderr, "%s is ready: earshot file --model %s SOUND\n", o->out, o->out);
  }
  free(text);
  delivered_free(&result);
  fit_result_free(&fitted);
  nn_free(net);
  return st;
}

/* The model's name: --name, or the file's without its ending. */
static char *
model_name(const options *o)
{
  const char *slash = strrchr(o->out, '/'), *name = slash ? slash + 1 : o->out;
  const char *dot = strstr(name, ".safetensors");
  return o->name ? strdup(o->name)
                 : strndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

int
cmd_train(int argc, char **argv)
{
  options o;
  recipe r;
  intake in;
  bool some_failed = false;
  ear_error err = {""};
  const int usage_code = options_parse(&o, argc, argv, 1, usage);
  if (usage_code || o.help) {
    return usage_code;
  }
  if (!o.out) {
    fprintf(stderr, "earshot-train: -o OUT.safetensors is missing\n%s", usage);
    return CMD_USAGE;
  }
  char *name = model_name(&o);
  o.name = name;
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  const intake_say say = {say_features, NULL};
  ear_status st = name ? recipe_read(&r, o.recipe, &err) : EAR_NO_MEMORY;
  if (!st) {
    r.train.epochs = o.epochs ? o.epochs : r.train.epochs;
    st = intake_open(&in, &o, &r.front_end, true, &say, &err);
  }
  if (!st) {
    say_settings(&o, &in, &r);
    st = run(&o, &r, &in, &err);
    some_failed = in.n_dropped > 0;
    intake_free(&in);
  }
  free(name);
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err.text[0] ? err.text : ear_strerror(st));
    return CMD_FAILED;
  }
  return interrupted ? CMD_INTERRUPTED : some_failed ? CMD_SOME_FAILED : CMD_DONE;
}
