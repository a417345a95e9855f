/* SPDX-License-Identifier: ISC */
/* [network]: the first word of a line names the layer, then its sizes in fixed order,
   then options in any order, each at most once. */
#include <stdio.h>
#include <string.h>

#include "recipe_parse.h"

enum { MAX_KERNEL = 64, MAX_STEP = 64, MAX_CHANNELS = 4096, MAX_SUMMARY = 4096 };

/* Options that a layer may have, a bit each. */
enum { OPT_STRIDE = 1, OPT_PAD = 2, OPT_DILATION = 4, OPT_BN = 8, OPT_RELU = 16 };

typedef struct {
  const char *name;
  ear_op op;
  bool out, kernel; /* OUT, then KTxKF */
  unsigned options;
} layer_rule;

static const layer_rule rules[] = {
    {"conv", EAR_OP_CONV, true, true,
     OPT_STRIDE | OPT_PAD | OPT_DILATION | OPT_BN | OPT_RELU},
    {"depthwise", EAR_OP_DEPTHWISE, false, true,
     OPT_STRIDE | OPT_PAD | OPT_DILATION | OPT_BN | OPT_RELU},
    {"maxpool", EAR_OP_MAXPOOL, false, true, OPT_STRIDE},
    {"avgpool", EAR_OP_AVGPOOL, false, true, OPT_STRIDE},
    {"dense", EAR_OP_DENSE, true, false, OPT_RELU},
    {"flatten", EAR_OP_FLATTEN, false, false, 0},
    {0},
};

/* "3x5" or, if full may stand, "3xfull". */
static bool
read_pair(const char *word, uint32_t max, bool full, uint32_t *a, uint32_t *b)
{
  char first[16];
  const size_t n = strcspn(word, "x");
  if (!word[n] || n >= sizeof first) {
    return false;
  }
  memcpy(first, word, n);
  first[n] = '\0';
  if (!recipe_uint(first, 1, max, a)) {
    return false;
  }
  if (full && !strcmp(word + n + 1, "full")) {
    *b = RECIPE_FULL;
    return true;
  }
  return recipe_uint(word + n + 1, 1, max, b);
}

/* The option at word *i, and its value; *i is left at its last word. */
static ear_status
read_option(recipe_parser *p, recipe_layer *l, uint32_t *i, unsigned *option)
{
  const char *word = p->word[*i];
  const char *value = *i + 1 < p->n_words ? p->word[*i + 1] : "";
  bool ok = true;
  if (!strcmp(word, "bn")) {
    *option = OPT_BN;
    l->bn = true;
  } else if (!strcmp(word, "relu")) {
    *option = OPT_RELU;
    l->relu = true;
  } else if (!strcmp(word, "stride")) {
    *option = OPT_STRIDE;
    ok = read_pair(value, MAX_STEP, false, &l->st, &l->sf);
  } else if (!strcmp(word, "pad")) {
    *option = OPT_PAD;
    ok = recipe_uint(value, 0, MAX_KERNEL - 1, &l->pad);
  } else if (!strcmp(word, "dilation")) {
    *option = OPT_DILATION;
    ok = recipe_uint(value, 1, MAX_STEP, &l->dt);
  } else {
    return recipe_complain(p, "unknown word `%s` after %s", word, p->word[0]);
  }
  *i += (*option & (OPT_STRIDE | OPT_PAD | OPT_DILATION)) != 0;
  return ok ? EAR_OK
            : recipe_complain(p, "`%s` is not possible for the %s of a %s", value, word,
                              p->word[0]);
}

static ear_status
read_options(recipe_parser *p, const layer_rule *rule, recipe_layer *l, uint32_t first)
{
  unsigned seen = 0;
  for (uint32_t i = first; i < p->n_words; ++i) {
    unsigned option = 0;
    const char *word = p->word[i];
    const ear_status st = read_option(p, l, &i, &option);
    if (st) {
      return st;
    }
    if (!(option & rule->options) || (option & seen)) {
      return recipe_complain(p, "`%s` %s", word,
                             option & seen ? "stands twice"
                                           : "does not go with this layer");
    }
    seen |= option;
  }
  return EAR_OK;
}

static ear_status
read_by_rule(recipe_parser *p, const layer_rule *rule, recipe_layer *l)
{
  uint32_t i = 1;
  l->op = rule->op;
  if (p->n_words < 1u + rule->out + rule->kernel) {
    return recipe_complain(p, "%s is too short: it needs %s%s", rule->name,
                           rule->out ? "its number of outputs " : "",
                           rule->kernel ? "its kernel, such as 3x3" : "");
  }
  if (rule->out) {
    const bool labels = rule->op == EAR_OP_DENSE && !strcmp(p->word[i], "labels");
    if (!labels && !recipe_uint(p->word[i], 1, MAX_CHANNELS, &l->n_out)) {
      return recipe_complain(p, "`%s` is not a number of outputs, 1 to %d", p->word[i],
                             MAX_CHANNELS);
    }
    ++i;
  }
  if (rule->kernel) {
    if (!read_pair(p->word[i], MAX_KERNEL, true, &l->kt, &l->kf)) {
      return recipe_complain(p, "`%s` is not a kernel such as 3x3 or 3xfull, 1 to %d",
                             p->word[i], MAX_KERNEL);
    }
    ++i;
  }
  const bool pool = rule->op == EAR_OP_MAXPOOL || rule->op == EAR_OP_AVGPOOL;
  l->st = pool ? l->kt : 1;
  l->sf = pool && l->kf != RECIPE_FULL ? l->kf : 1;
  return read_options(p, rule, l, i);
}

static ear_status
read_add(recipe_parser *p, recipe_layer *l)
{
  l->op = EAR_OP_ADD;
  l->relu = p->n_words == 3 && !strcmp(p->word[2], "relu");
  if (p->n_words < 2 || p->n_words > 3 || l->relu != (p->n_words == 3) ||
      !recipe_uint(p->word[1], 2, RECIPE_MAX_LAYERS, &l->back)) {
    return recipe_complain(p,
                           "write `add BACK` or `add BACK relu` with BACK from 2 on, not "
                           "`add%s%s`",
                           p->n_words > 1 ? " " : "",
                           p->n_words > 1 ? p->word[p->n_words - 1] : "");
  }
  return EAR_OK;
}

static ear_status
read_summary(recipe_parser *p, recipe_layer *l)
{
  const bool stride = p->n_words == 4 && !strcmp(p->word[2], "stride");
  l->op = EAR_OP_SUMMARY;
  if ((p->n_words != 2 && !stride) || !recipe_uint(p->word[1], 1, MAX_SUMMARY, &l->kt) ||
      (stride && !recipe_uint(p->word[3], 1, MAX_STEP, &l->st))) {
    return recipe_complain(
        p,
        "`%s`: write `summary COLUMNS` or `summary COLUMNS stride ST`, "
        "1 to %d and 1 to %d",
        p->word[p->n_words - 1], MAX_SUMMARY, MAX_STEP);
  }
  return EAR_OK;
}

static ear_status
read_mean(recipe_parser *p, recipe_layer *l)
{
  l->op = EAR_OP_MEAN;
  for (uint32_t w = 1; w < p->n_words; ++w) {
    const bool frequency = !strcmp(p->word[w], "frequency");
    const bool deviation = !strcmp(p->word[w], "deviation");
    if (frequency == deviation || (frequency && l->over_frequency) ||
        (deviation && l->deviation)) {
      return recipe_complain(p, "`%s`: only `frequency` and `deviation` may follow mean",
                             p->word[w]);
    }
    l->over_frequency |= frequency;
    l->deviation |= deviation;
  }
  return EAR_OK;
}

static ear_status
read_dropout(recipe_parser *p, recipe_layer *l)
{
  l->is_dropout = true;
  if (p->n_words != 2 || !recipe_float(p->word[1], 0, 0.99, &l->dropout)) {
    return recipe_complain(p, "`%s`: dropout takes a probability from 0 to 0.99",
                           p->word[p->n_words - 1]);
  }
  return EAR_OK;
}

static ear_status
read_word(recipe_parser *p, recipe_layer *l)
{
  l->is_branch = !strcmp(p->word[0], "branch");
  l->op = EAR_OP_CONCAT;
  return p->n_words == 1
             ? EAR_OK
             : recipe_complain(p, "`%s`: nothing may follow %s", p->word[1], p->word[0]);
}

static ear_status
read_layer(recipe_parser *p, recipe_layer *l)
{
  if (!strcmp(p->word[0], "branch") || !strcmp(p->word[0], "concat")) {
    return read_word(p, l);
  }
  if (!strcmp(p->word[0], "add")) {
    return read_add(p, l);
  }
  if (!strcmp(p->word[0], "summary")) {
    return read_summary(p, l);
  }
  if (!strcmp(p->word[0], "mean")) {
    return read_mean(p, l);
  }
  if (!strcmp(p->word[0], "dropout")) {
    return read_dropout(p, l);
  }
  for (const layer_rule *rule = rules; rule->name; ++rule) {
    if (!strcmp(p->word[0], rule->name)) {
      return read_by_rule(p, rule, l);
    }
  }
  return recipe_complain(p, "unknown layer `%s`", p->word[0]);
}

ear_status
recipe_layer_line(recipe_parser *p)
{
  recipe *r = p->r;
  if (r->n_layers == RECIPE_MAX_LAYERS) {
    return recipe_complain(p, "`%s` is layer %d: one too many", p->word[0],
                           RECIPE_MAX_LAYERS + 1);
  }
  recipe_layer *l = &r->layer[r->n_layers++];
  *l = (recipe_layer){.kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1};
  return read_layer(p, l);
}
