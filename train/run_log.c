/* SPDX-License-Identifier: ISC */
/* Numbers have a dot, whatever the language of the machine: jansson and printf follow
   LC_NUMERIC, which earshot-train never sets. */
#include "run_log.h"
#include "fail.h"
#include "file.h"
#include "tensorboard.h"

#include <stdlib.h>

/* A value that may be missing: "" in the table. */
static void
put_known(FILE *f, double value)
{
  if (value >= 0) {
    fprintf(f, ",%.6g", value);
  } else {
    putc(',', f);
  }
}

static void
write_csv(FILE *f, const fit_history *h)
{
  fputs("epoch,loss,valid_loss,valid_accuracy,valid_macro_f1,learning_rate,best,"
        "seconds,time\n",
        f);
  for (uint32_t i = 0; i < h->n; ++i) {
    const fit_epoch *e = &h->epoch[i];
    fprintf(f, "%.0f,%.6g", e->epoch, e->loss);
    put_known(f, e->valid_loss);
    put_known(f, e->valid_accuracy);
    put_known(f, e->valid_macro_f1);
    fprintf(f, ",%.6g,%.0f,%.3f,%.3f\n", e->learning_rate, e->best, e->seconds, e->time);
  }
}

static void
write_jsonl(FILE *f, const fit_history *h)
{
  for (uint32_t i = 0; i < h->n; ++i) {
    const fit_epoch *e = &h->epoch[i];
    fprintf(f, "{\"type\":\"epoch\",\"v\":1,\"epoch\":%.0f,\"loss\":%.6g", e->epoch,
            e->loss);
    if (e->valid_loss >= 0) {
      fprintf(f, ",\"valid_loss\":%.6g,\"valid_accuracy\":%.6g,\"valid_macro_f1\":%.6g",
              e->valid_loss, e->valid_accuracy, e->valid_macro_f1);
    }
    fprintf(f, ",\"learning_rate\":%.6g,\"best\":%s,\"seconds\":%.3f,\"time\":%.3f}\n",
            e->learning_rate, e->best != 0 ? "true" : "false", e->seconds, e->time);
  }
}

static ear_status
write_one(const run_folder *f, const char *name,
          void (*write)(FILE *f, const fit_history *h), const fit_history *h,
          ear_error *err)
{
  char path[PATH_MAX], *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  if (to) {
    write(to, h);
  }
  if (!to || fclose(to) != 0) {
    free(text);
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", name);
  }
  const ear_status st = file_write(run_folder_file(f, name, path), text, n, NULL, err);
  free(text);
  return st;
}

ear_status
run_log_write(const run_folder *f, const fit_history *h, ear_error *err)
{
  char path[PATH_MAX];
  const ear_status a = write_one(f, "log.csv", write_csv, h, err);
  const ear_status b = write_one(f, "log.jsonl", write_jsonl, h, a ? NULL : err);
  const ear_status c = tensorboard_write(
      run_folder_file(f, "events.out.tfevents.earshot", path), h, a || b ? NULL : err);
  return a ? a : b ? b : c;
}

void
run_log_epochs(const run_folder *f, const fit_history *h)
{
  ear_error err = {""};
  if (run_log_write(f, h, &err)) {
    fprintf(stderr, "%s; training goes on\n", err.text);
  }
}
