/* SPDX-License-Identifier: ISC */
/* earshot-train compare DATASET -o FOLDER: recipes and baselines on the same folds.
   Results on stdout, all else on stderr. */
#include "cmd.h"
#include "compare_judge.h"
#include "fail.h"
#include "file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_FOLDS = 5, DEFAULT_SEEDS = 3, DRAWS = 1000 };

static const char usage[] =
    "usage: earshot-train compare DATASET -o FOLDER [options]\n"
    "\n"
    "Each system learns without one fold and is judged on it, for every fold and seed.\n"
    "Finished folds are kept in FOLDER: the same command goes on where it was.\n"
    "  --recipe LIST   recipes (names or files), svm, logistic, with commas between\n"
    "                  (svm,logistic,genre); the first is what all others are measured "
    "by\n"
    "  --folds K       (5) by group\n"
    "  --seeds N       (3) folds and training with seeds 1 to N\n"
    "  --background N  one class more, of N made sounds that are no music\n"
    "  --epochs N      instead of the recipes'\n"
    "  --cache DIR|none   for decoded features (~/.cache/earshot/features)\n"
    "  --csv FILE, --columns LIST, --group-re REGEX, --group-tag artist|album\n"
    "                  as for training; sounds on the test side of a table take no part\n"
    "\n"
    "svm, logistic: statistics of 20 MFCCs, settings chosen by inner folds.\n"
    "\n"
    "example:\n"
    "  earshot-train compare gtzan --csv index.csv -o folds --recipe svm,genre --seeds "
    "5\n";

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
  interrupted = number;
}

static void
take_signals(void)
{
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static ear_status
write_as(const char *folder, const char *name,
         void (*print)(FILE *to, const comparison *c, const compared_figures *f),
         const comparison *c, const compared_figures *f, ear_error *err)
{
  char path[PATH_MAX], *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  if (!to) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  print(to, c, f);
  snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - 32, folder, name);
  const ear_status st = fclose(to) == 0 ? file_write(path, text, n, NULL, err)
                                        : fail(err, EAR_NO_MEMORY, "not enough memory");
  free(text);
  return st;
}

static ear_status
tell(const comparison *c, const options *o, ear_error *err)
{
  compared_figures *f = calloc(c->n_systems, sizeof *f);
  ear_status st = f ? compare_judge(f, c, DRAWS) : EAR_NO_MEMORY;
  if (st) {
    st = fail(err, st, "not enough memory");
  } else {
    compare_text(stdout, c, f);
    st = write_as(o->out, "compare.txt", compare_text, c, f, err);
    st = st ? st : write_as(o->out, "compare.csv", compare_table, c, f, err);
  }
  free(f);
  return st;
}

/* What would not be the same question for all systems. */
static const char *
refused(const options *o)
{
  return !o->out      ? "-o FOLDER is missing"
         : o->init    ? "--init: its weights may have met the clips that judge"
         : o->teacher ? "--teacher: it may have met the clips that judge"
         : o->split   ? "--split: the folds are the split"
                      : NULL;
}

int
cmd_compare(int argc, char **argv)
{
  options o;
  comparison c;
  bool stopped = false;
  ear_error err = {""};
  const int code = options_parse(&o, argc, argv, 1, usage);
  if (code || o.help) {
    return code;
  }
  const char *problem = refused(&o);
  if (problem) {
    fprintf(stderr, "earshot-train: %s\n%s", problem, usage);
    return CMD_USAGE;
  }
  o.folds = o.folds ? o.folds : DEFAULT_FOLDS;
  take_signals();
  ear_status st =
      compare_run(&c, &o, o.recipe ? o.recipe : "svm,logistic,genre",
                  o.seeds ? o.seeds : DEFAULT_SEEDS, &interrupted, &stopped, &err);
  if (!st) {
    st = stopped ? EAR_OK : tell(&c, &o, &err);
    compare_free(&c);
  }
  if (stopped && !st) {
    fprintf(stderr, "interrupted: the same command goes on\n");
    return CMD_INTERRUPTED;
  }
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err.text[0] ? err.text : ear_strerror(st));
  }
  return st ? CMD_FAILED : CMD_DONE;
}
