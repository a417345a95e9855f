/* SPDX-License-Identifier: ISC */
/* The table has the order in which trials went on: who trained longest comes first. */
#include "search_report.h"
#include "fail.h"
#include "file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
width_of(const search *s, uint32_t i)
{
  size_t w = strlen(s->range[i].key);
  for (uint32_t t = 0; t < s->n_trials; ++t) {
    const size_t n = strlen(s->trial[t].value[i]);
    w = n > w ? n : w;
  }
  return (int)w;
}

void
search_print(FILE *f, const search *s)
{
  uint32_t *order = malloc((s->n_trials + 1u) * sizeof *order);
  if (!order) {
    return;
  }
  search_order(s, order);
  fputs("trial  epochs  macro-F1    loss  minutes", f);
  for (uint32_t i = 0; i < s->n_ranges; ++i) {
    fprintf(f, "  %*s", width_of(s, i), s->range[i].key);
  }
  putc('\n', f);
  for (uint32_t k = 0; k < s->n_trials && s->trial[order[k]].epochs; ++k) {
    const search_trial *x = &s->trial[order[k]];
    fprintf(f, "%5u  %6u  ", order[k] + 1, x->epochs);
    if (isnan(x->score)) {
      fprintf(f, "  failed       -");
    } else {
      fprintf(f, "%8.3f %7.3f", x->score, x->loss);
    }
    fprintf(f, "  %7.1f", x->seconds / 60);
    for (uint32_t i = 0; i < s->n_ranges; ++i) {
      fprintf(f, "  %*s", width_of(s, i), x->value[i]);
    }
    fputs(order[k] ? "\n" : "  (the recipe as it is)\n", f);
  }
  free(order);
}

ear_status
search_write_best(const search *s, const char *path, ear_error *err)
{
  const uint32_t best = search_best(s);
  recipe r;
  if (best == s->n_trials) {
    return fail(err, EAR_BAD_ARGUMENT, "no trial could be trained to its end");
  }
  const search_trial *x = &s->trial[best];
  char *body = search_recipe_text(s->recipe, s->range, s->n_ranges,
                                  (const char(*)[SEARCH_VALUE])x->value);
  char *text = NULL;
  const bool good =
      body &&
      asprintf(&text,
               "# Found by earshot-train search in recipe %s: trial %u of %u, seed "
               "%llu,\n# macro-F1 %.3f of validation patches after %u epochs.\n%s",
               s->recipe->name, best + 1, s->n_trials, (unsigned long long)s->seed,
               x->score, x->epochs, body) >= 0;
  free(body);
  if (!good) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  ear_status st = file_write(path, text, strlen(text), NULL, err);
  free(text);
  return st ? st : recipe_read(&r, path, err);
}
