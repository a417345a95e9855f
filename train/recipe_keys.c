/* SPDX-License-Identifier: ISC */
/* [input] and [train]: one table row a key, with what it may be. */
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/frontend.h"
#include "recipe_parse.h"

typedef enum {
  KEY_UINT,
  KEY_UINT_PAIR,
  KEY_FLOAT,
  KEY_FLOAT_PAIR,
  KEY_ENUM,
  KEY_BOOL,
  KEY_KINDS
} key_kind;

typedef struct {
  const char *name;
  key_kind kind;
  size_t offset;       /* in recipe */
  double lo, hi;       /* numbers */
  const char *word[4]; /* ENUM, BOOL: what may stand, 0 first */
} key;

#define AT(member) offsetof(recipe, member)

static const key input_keys[] = {
    {"rate", KEY_FLOAT, AT(front_end.rate_hz), 8000, 384000, {0}},
    {"fft", KEY_UINT, AT(front_end.n_fft), 64, 16384, {0}},
    {"hop", KEY_UINT, AT(front_end.hop), 1, 16384, {0}},
    {"bands", KEY_UINT, AT(front_end.n_bands), 1, EAR_MAX_BANDS, {0}},
    {"low", KEY_FLOAT, AT(front_end.low_hz), 0, 192000, {0}},
    {"high", KEY_FLOAT, AT(front_end.high_hz), 0, 192000, {0}},
    {"scale", KEY_ENUM, AT(front_end.scale), 0, 0, {"slaney", "htk"}},
    {"floor", KEY_FLOAT, AT(front_end.floor_power), 1e-30, 1, {0}},
    {"frames", KEY_UINT, AT(frames), 1, 65536, {0}},
    {"features", KEY_KINDS, AT(front_end.kinds), 0, 0, {0}},
    {"mfcc", KEY_UINT, AT(front_end.n_mfcc), 1, EAR_MAX_BANDS, {0}},
    {0},
};

static const key train_keys[] = {
    {"optimizer", KEY_ENUM, AT(train.optimizer), 0, 0, {"sgd", "adam", "adamw"}},
    {"schedule",
     KEY_ENUM,
     AT(train.schedule),
     0,
     0,
     {"constant", "cosine", "step", "plateau"}},
    {"factor", KEY_FLOAT, AT(train.factor), 1e-6, 1, {0}},
    {"wait", KEY_UINT, AT(train.wait), 0, 1000000, {0}},
    {"rate", KEY_FLOAT, AT(train.learning_rate), 1e-12, 100, {0}},
    {"momentum", KEY_FLOAT, AT(train.momentum), 0, 0.9999, {0}},
    {"decay", KEY_FLOAT, AT(train.weight_decay), 0, 100, {0}},
    {"warmup", KEY_UINT, AT(train.warmup), 0, 1000000000, {0}},
    {"epochs", KEY_UINT, AT(train.epochs), 1, 1000000, {0}},
    {"batch", KEY_UINT, AT(train.batch), 1, 4096, {0}},
    {"crops", KEY_UINT, AT(train.crops), 1, 100000, {0}},
    {"patience", KEY_UINT, AT(train.patience), 0, 1000000, {0}},
    {"smoothing", KEY_FLOAT, AT(train.label_smoothing), 0, 0.999, {0}},
    {"focal", KEY_FLOAT, AT(train.focal), 0, 10, {0}},
    {"weights", KEY_ENUM, AT(train.weights), 0, 0, {"none", "sqrt", "inverse"}},
    {"mixup", KEY_FLOAT, AT(train.mixup), 0, 100, {0}},
    {"gain", KEY_FLOAT, AT(train.gain_db), 0, 120, {0}},
    {"eq", KEY_FLOAT, AT(train.eq_db), 0, 120, {0}},
    {"timemask", KEY_UINT_PAIR, AT(train.time_masks), 0, 65536, {0}},
    {"freqmask", KEY_UINT_PAIR, AT(train.freq_masks), 0, 65536, {0}},
    {"freeze", KEY_UINT, AT(train.freeze), 0, RECIPE_MAX_LAYERS, {0}},
    {"teacher", KEY_FLOAT, AT(train.teacher), 0, 1, {0}},
    {"temperature", KEY_FLOAT, AT(train.temperature), 0.05, 100, {0}},
    {"quantize", KEY_UINT, AT(train.quantize), 0, 1000000, {0}},
    {"averaging", KEY_FLOAT, AT(train.averaging), 0, 0.999999, {0}},
    {"balance", KEY_BOOL, AT(train.balance), 0, 0, {"no", "yes"}},
    {"activation",
     KEY_ENUM,
     AT(train.activation),
     0,
     0,
     {"softmax", "sigmoid", "binary"}},
    {"severity", KEY_FLOAT, AT(train.severity), 0, 100, {0}},
    {"kinds", KEY_FLOAT, AT(train.kinds), 0, 100, {0}},
    {"statistics", KEY_UINT, AT(train.statistics), 0, 64, {0}},
    {"zerosum", KEY_BOOL, AT(train.zerosum), 0, 0, {"no", "yes"}},
    {"variants", KEY_UINT, AT(sound.variants), 0, 1000, {0}},
    {"stretch", KEY_FLOAT, AT(sound.stretch), 0, 50, {0}},
    {"pitch", KEY_FLOAT, AT(sound.pitch), 0, 12, {0}},
    {"filter", KEY_FLOAT, AT(sound.filter), 0, 40, {0}},
    {"shift", KEY_FLOAT, AT(sound.shift), 0, 600000, {0}},
    {"noise", KEY_FLOAT_PAIR, AT(sound.noise_low), 0, 120, {0}},
    {"normalize", KEY_BOOL, AT(sound.normalize), 0, 0, {"no", "yes"}},
    {"trim", KEY_FLOAT, AT(sound.trim), 0, 120, {0}},
    {"denoise", KEY_FLOAT, AT(sound.denoise), 0, 60, {0}},
    {"pad", KEY_FLOAT, AT(sound.pad), 0, 600, {0}},
    {0},
};

_Static_assert(AT(train.time_mask) == AT(train.time_masks) + sizeof(uint32_t) &&
                   AT(train.freq_mask) == AT(train.freq_masks) + sizeof(uint32_t) &&
                   AT(sound.noise_high) == AT(sound.noise_low) + sizeof(float),
               "a pair is two neighbours");
_Static_assert(sizeof(ear_mel_scale) == sizeof(unsigned) &&
                   sizeof(recipe_optimizer) == sizeof(unsigned) &&
                   sizeof(recipe_schedule) == sizeof(unsigned) &&
                   sizeof(recipe_activation) == sizeof(unsigned) &&
                   sizeof(recipe_weights) == sizeof(unsigned),
               "enumerations are stored as unsigned");

bool
recipe_uint(const char *word, uint32_t lo, uint32_t hi, uint32_t *value)
{
  char *end;
  if (*word < '0' || *word > '9') {
    return false;
  }
  const unsigned long long v = strtoull(word, &end, 10);
  *value = v > hi ? hi : (uint32_t)v;
  return !*end && v >= lo && v <= hi;
}

bool
recipe_float(const char *word, double lo, double hi, float *value)
{
  char *end;
  const double v = strtod(word, &end);
  *value = (float)v;
  return end != word && !*end && isfinite(v) && v >= lo && v <= hi;
}

static ear_status
read_choice(recipe_parser *p, const key *k, void *at)
{
  char known[64] = "";
  for (unsigned i = 0; i < 4 && k->word[i]; ++i) {
    if (!strcmp(p->word[1], k->word[i])) {
      const bool yes = i > 0;
      memcpy(at, k->kind == KEY_BOOL ? (const void *)&yes : &i,
             k->kind == KEY_BOOL ? sizeof yes : sizeof i);
      return EAR_OK;
    }
    strcat(strcat(known, i ? " or " : ""), k->word[i]);
  }
  return recipe_complain(p, "`%s` is not known to %s: it is %s", p->word[1], k->name,
                         known);
}

/* Kinds of features, in any order. */
static ear_status
read_kinds(recipe_parser *p, void *at)
{
  uint32_t kinds = 0;
  for (uint32_t w = 1; w < p->n_words; ++w) {
    uint32_t i = 0;
    while (i < EAR_N_KINDS && strcmp(p->word[w], ear_kind_name(i))) {
      ++i;
    }
    if (i == EAR_N_KINDS || kinds >> i & 1) {
      return recipe_complain(p, "`%s` %s", p->word[w],
                             i < EAR_N_KINDS ? "stands twice"
                                             : "is no feature: mel, mfcc, chroma, "
                                               "contrast and tonnetz are");
    }
    kinds |= 1u << i;
  }
  memcpy(at, &kinds, sizeof kinds);
  return kinds ? EAR_OK : recipe_complain(p, "`features` takes one or more kinds");
}

static ear_status
read_value(recipe_parser *p, const key *k)
{
  char *at = (char *)p->r + k->offset;
  if (k->kind == KEY_KINDS) {
    return read_kinds(p, at);
  }
  const bool real = k->kind == KEY_FLOAT || k->kind == KEY_FLOAT_PAIR;
  const uint32_t n_values = k->kind == KEY_UINT_PAIR || k->kind == KEY_FLOAT_PAIR ? 2 : 1;
  if (p->n_words != n_values + 1) {
    return recipe_complain(p, "`%s` takes %u value%s, not %u", k->name, n_values,
                           n_values > 1 ? "s" : "", p->n_words - 1);
  }
  if (k->kind == KEY_ENUM || k->kind == KEY_BOOL) {
    return read_choice(p, k, at);
  }
  for (uint32_t i = 0; i < n_values; ++i, at += sizeof(uint32_t)) {
    uint32_t whole = 0;
    float number = 0;
    const bool ok =
        real ? recipe_float(p->word[i + 1], k->lo, k->hi, &number)
             : recipe_uint(p->word[i + 1], (uint32_t)k->lo, (uint32_t)k->hi, &whole);
    if (!ok) {
      return recipe_complain(p,
                             "`%s` is not possible for %s: a %snumber from %.9g to %.9g",
                             p->word[i + 1], k->name, real ? "" : "whole ", k->lo, k->hi);
    }
    memcpy(at, real ? (const void *)&number : &whole, sizeof whole);
  }
  return EAR_OK;
}

static ear_status
read_key(recipe_parser *p, const key *keys, uint64_t *seen, const char *section)
{
  for (unsigned i = 0; keys[i].name; ++i) {
    if (!strcmp(p->word[0], keys[i].name)) {
      if (*seen >> i & 1) {
        return recipe_complain(p, "`%s` stands twice in %s", p->word[0], section);
      }
      *seen |= UINT64_C(1) << i;
      return read_value(p, &keys[i]);
    }
  }
  return recipe_complain(p, "unknown key `%s` in %s", p->word[0], section);
}

ear_status
recipe_input_line(recipe_parser *p)
{
  return read_key(p, input_keys, &p->input_seen, "[input]");
}

ear_status
recipe_train_line(recipe_parser *p)
{
  return read_key(p, train_keys, &p->train_seen, "[train]");
}

/* The fewest digits that give the same number back; whole numbers as such. */
static void
shortest(float x, char value[64])
{
  if (x == floorf(x) && fabsf(x) < 1e7f) {
    snprintf(value, 64, "%.0f", (double)x);
    return;
  }
  for (int digits = 1; digits <= 9; ++digits) {
    snprintf(value, 64, "%.*g", digits, (double)x);
    if (strtof(value, NULL) == x) {
      return;
    }
  }
}

bool
recipe_key_text(const recipe *r, bool train, uint32_t i, const char **name,
                char value[64])
{
  const key *k = &(train ? train_keys : input_keys)[i];
  const void *at = (const char *)r + k->offset;
  *name = k->name;
  if (!k->name) {
    return false;
  }
  switch (k->kind) {
  case KEY_UINT:
    snprintf(value, 64, "%u", *(const uint32_t *)at);
    break;
  case KEY_UINT_PAIR:
    snprintf(value, 64, "%u %u", ((const uint32_t *)at)[0], ((const uint32_t *)at)[1]);
    break;
  case KEY_FLOAT:
    shortest(*(const float *)at, value);
    break;
  case KEY_FLOAT_PAIR:
    snprintf(value, 64, "%.9g %.9g", (double)((const float *)at)[0],
             (double)((const float *)at)[1]);
    break;
  case KEY_ENUM:
    snprintf(value, 64, "%s", k->word[*(const unsigned *)at]);
    break;
  case KEY_BOOL:
    snprintf(value, 64, "%s", k->word[*(const bool *)at]);
    break;
  case KEY_KINDS:
    value[0] = '\0';
    for (uint32_t n = 0, b = 0; b < EAR_N_KINDS; ++b) {
      if (*(const uint32_t *)at >> b & 1) {
        n +=
            (uint32_t)snprintf(value + n, 64 - n, "%s%s", n ? " " : "", ear_kind_name(b));
      }
    }
    break;
  }
  return true;
}
