/* SPDX-License-Identifier: ISC */
/* earshot file: models first, then names, then audio, so that what can be refused is
   refused before the first sample is read. */
#include "file_options.h"
#include "jobs.h"
#include "outfile.h"
#include "progress.h"
#include "result_paths.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const file_options *options;
  analysis_config config;
  input_list inputs;
  const char *folder; /* NULL: all results in one stream */
  pthread_mutex_t mutex;
  size_t n_analysed, n_failed, n_gate_met; /* under mutex */
} file_run;

static exit_code
open_models(file_run *run)
{
  const file_options *o = run->options;
  model_set *models = &run->config.models;
  ear_error err = {""};
  const exit_code code = model_options_open(&o->models, models, &err);
  if (code == EXIT_USAGE) {
    return usage_error("file", "%s", err.text);
  }
  if (code) {
    complain("%s", err.text);
    return code;
  }
  if (o->gate.label[0] && !model_set_has_label(models, o->gate.label)) {
    char labels[300];
    model_set_list_labels(models, labels, sizeof labels);
    return usage_error("file",
                       "--fail-on: no model here has the label '%s' (it can be %s)",
                       o->gate.label, labels);
  }
  return EXIT_DONE;
}

static exit_code
list_inputs(file_run *run)
{
  const file_options *o = run->options;
  for (size_t i = 0; i < o->n_inputs; i++) {
    if (!inputs_add(&run->inputs, o->input[i], o->recursive)) {
      complain("there is not enough memory for the list of inputs");
      return EXIT_NOTHING;
    }
  }
  if (run->inputs.n > 1 && !run->folder && !o->format->one_file_many) {
    return usage_error("file",
                       "%s results of several inputs do not fit into one file; write one "
                       "file each into a folder with -o FOLDER/",
                       o->format->name);
  }
  ear_error err = {""};
  if (!results_can_be_written(&run->inputs, o->output, run->folder != NULL,
                              o->format->ending, o->overwrite, &err)) {
    complain("%s", err.text);
    return EXIT_USAGE;
  }
  return EXIT_DONE;
}

static exit_code
open_pictures(file_run *run)
{
  const picture_options *o = &run->options->pictures;
  ear_error err = {""};
  exit_code code = EXIT_DONE;
  if (o->plot || o->report) {
    code = pictures_open(&run->config.pictures, o, &run->inputs, &err);
  }
  if (code) {
    complain("%s", err.text);
  }
  return code;
}

static void
count(file_run *run, outcome o)
{
  pthread_mutex_lock(&run->mutex);
  run->n_analysed += o.analysed;
  run->n_failed += o.failed;
  run->n_gate_met += o.gate_met;
  pthread_mutex_unlock(&run->mutex);
}

static void
do_shared(void *user, size_t i, FILE *out)
{
  file_run *run = user;
  count(run, analyse_input(&run->config, &run->inputs.item[i], out));
}

/* One input, one result file; none for an input without results, but for jsonl, which
   says why. */
static void
do_separate(void *user, size_t i, FILE *unused)
{
  (void)unused;
  file_run *run = user;
  const output_format *format = run->config.format;
  const input *in = &run->inputs.item[i];
  ear_error err = {""};
  outfile result = {0};
  char *path = result_path(run->folder, in, format->ending);
  bool ok = path ? make_folders_of(path, &err) &&
                       outfile_open(&result, path, run->options->overwrite, &err)
                 : fail(&err, "there is not enough memory");
  if (ok) {
    if (format->head) {
      format->head(result.file);
    }
    const outcome o = analyse_input(&run->config, in, result.file);
    count(run, o);
    if (o.analysed || format->error) {
      ok = outfile_commit(&result, &err);
    }
    outfile_discard(&result);
  }
  if (!ok) {
    complain("%s", err.text);
    stop_all(STOP_WRITE_FAILED);
  }
  free(path);
}

static unsigned
thread_count(const file_options *o)
{
  const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
  const unsigned n = o->n_threads ? o->n_threads : (unsigned)(n_cores > 1 ? n_cores : 1);
  return n > MAX_THREADS ? MAX_THREADS : n;
}

/* Returns how many inputs were done.  False in *written: the results were not. */
static size_t
analyse_all(file_run *run, bool *written)
{
  const file_options *o = run->options;
  ear_error err = {""};
  outfile shared = {0};
  *written = run->folder || outfile_open(&shared, o->output, o->overwrite, &err);
  size_t n_done = 0;
  if (*written) {
    const bool lines_on_screen = !run->folder && o->format->by_line && isatty(shared.fd);
    if (!o->quiet && !lines_on_screen) {
      progress_begin(run->inputs.n, run->inputs.n_bytes);
    }
    if (shared.file && o->format->head) {
      o->format->head(shared.file);
    }
    const unsigned n_threads = thread_count(o);
    const size_t n_files = run->inputs.n < n_threads ? run->inputs.n : n_threads;
    run->config.n_inside = n_files ? (unsigned)(n_threads / n_files) : 1;
    n_done = jobs_run(&(job_list){.n_items = run->inputs.n,
                                  .n_threads = n_threads,
                                  .work = run->folder ? do_separate : do_shared,
                                  .user = run,
                                  .out = shared.file});
    progress_end();
    *written = run->folder || outfile_commit(&shared, &err);
  }
  if (*written && run->config.pictures && stopping() != STOP_WRITE_FAILED) {
    *written = pictures_close(run->config.pictures, &err);
  }
  if (!*written) {
    complain("%s", err.text);
  }
  outfile_discard(&shared);
  *written = *written && stopping() != STOP_WRITE_FAILED;
  return n_done;
}

static exit_code
conclude(const file_run *run, size_t n_done, bool written)
{
  const size_t n = run->inputs.n;
  if (stopping() == STOP_INTERRUPTED) {
    note("interrupted after %zu of %zu inputs; what was analysed is kept", n_done, n);
    return EXIT_INTERRUPTED;
  }
  if (run->n_failed > 0 && n > 1) {
    note("%zu of %zu inputs failed, each named above", run->n_failed, n);
  }
  if (!written || run->n_analysed == 0) {
    return EXIT_NOTHING;
  }
  if (run->n_failed > 0) {
    return EXIT_SOME_FAILED;
  }
  return run->n_gate_met > 0 ? EXIT_FAIL_ON : EXIT_DONE;
}

int
cmd_file(int argc, char **argv)
{
  file_options options;
  if (!file_options_parse(&options, argc, argv)) {
    return EXIT_USAGE;
  }
  if (options.help) {
    (void)fputs(options.help, stdout);
    return EXIT_DONE;
  }
  if (options.quiet) {
    be_quiet();
  }
  file_run run = {.options = &options,
                  .config = {.format = options.format,
                             .raw = options.has_raw ? &options.raw : NULL,
                             .gate = options.gate,
                             .explain = options.explain},
                  .folder = is_result_folder(options.output) ? options.output : NULL};
  pthread_mutex_init(&run.mutex, NULL);
  catch_signals();
  exit_code code = open_models(&run);
  code = code ? code : list_inputs(&run);
  code = code ? code : open_pictures(&run);
  if (code == EXIT_DONE) {
    bool written = false;
    const size_t n_done = analyse_all(&run, &written);
    code = conclude(&run, n_done, written);
  }
  pictures_free(run.config.pictures);
  inputs_free(&run.inputs);
  model_set_close(&run.config.models);
  pthread_mutex_destroy(&run.mutex);
  return code;
}
