/* SPDX-License-Identifier: ISC */
/* Every run of weights is padded with zeros to whole groups of EAR_BANK_PAD, so a sum has
   one fixed order, on any machine. */
#include "bank.h"

#include <stdlib.h>
#include <string.h>

struct ear_bank {
  const ear_passes *passes;
  uint32_t n_filters;
  ear_pass_run *run; /* [n_filters] */
  float *weight;     /* the runs one after another */
};

/* Inputs [first, end) of a row, first 0 if it has no weight. */
static void
find_run(const double *weight, uint32_t n_in, uint32_t *first, uint32_t *end)
{
  uint32_t i = 0, last = n_in;
  while (i < n_in && weight[i] == 0.0) {
    i++;
  }
  while (last > i && weight[last - 1] == 0.0) {
    last--;
  }
  *first = i < n_in ? i : 0;
  *end = i < n_in ? last : 0;
}

/* Fill the runs and, once `weight` is there, the weights; one_row is scratch [n_in].
   Returns the groups of all. */
static size_t
lay_out(ear_bank *bank, uint32_t n_in, ear_bank_row row, const void *user,
        double *one_row)
{
  size_t n_groups = 0;
  for (uint32_t f = 0; f < bank->n_filters; f++) {
    uint32_t first, end;
    memset(one_row, 0, n_in * sizeof *one_row);
    row(user, f, one_row);
    find_run(one_row, n_in, &first, &end);
    bank->run[f].first = first;
    bank->run[f].n_groups = (end - first + EAR_BANK_PAD - 1) / EAR_BANK_PAD;
    for (uint32_t i = first; bank->weight && i < end; i++) {
      bank->weight[n_groups * EAR_BANK_PAD + i - first] = (float)one_row[i];
    }
    n_groups += bank->run[f].n_groups;
  }
  return n_groups;
}

ear_bank *
ear_bank_new(uint32_t n_filters, uint32_t n_in, ear_bank_row row, const void *user)
{
  ear_bank *bank = calloc(1, sizeof *bank);
  double *one_row = malloc(n_in * sizeof *one_row);
  if (bank && one_row) {
    bank->passes = ear_passes_get();
    bank->n_filters = n_filters;
    bank->run = calloc(n_filters, sizeof *bank->run);
  }
  if (bank && bank->run) {
    const size_t n_groups = lay_out(bank, n_in, row, user, one_row);
    bank->weight = calloc(n_groups + 1, EAR_BANK_PAD * sizeof *bank->weight);
  }
  if (!bank || !bank->weight) {
    ear_bank_free(bank);
    free(one_row);
    return NULL;
  }
  lay_out(bank, n_in, row, user, one_row);
  free(one_row);
  return bank;
}

void
ear_bank_free(ear_bank *bank)
{
  if (bank) {
    free(bank->run);
    free(bank->weight);
    free(bank);
  }
}

void
ear_bank_apply(const ear_bank *bank, const float *restrict x, float *restrict y)
{
  bank->passes->bank(bank->run, bank->n_filters, bank->weight, x, y);
}
