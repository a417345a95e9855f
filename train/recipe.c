/* SPDX-License-Identifier: ISC */
/* A recipe is read line by line; each network line is checked against all before it as
   soon as it is read, so that a mistake is reported where it stands. */
#include "recipe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/frontend.h"
#include "fail.h"
#include "recipe_parse.h"
#include "recipe_text.h"

enum { MAX_TEXT = 64 << 10 }; /* bytes of a recipe file */

typedef enum {
  SECTION_NONE,
  SECTION_INPUT,
  SECTION_NETWORK,
  SECTION_TRAIN,
  SECTION_SEARCH
} section;

ear_status
recipe_complain(recipe_parser *p, const char *format, ...)
{
  if (p->err) {
    char *text = p->err->text;
    const size_t size = sizeof p->err->text;
    const int n = snprintf(text, size, "%s:%u: ", p->path, p->line);
    if (n > 0 && (size_t)n < size) {
      va_list args;
      va_start(args, format);
      vsnprintf(text + n, size - (size_t)n, format, args);
      va_end(args);
    }
    blank_controls(text);
  }
  return EAR_BAD_ARGUMENT;
}

static void
set_defaults(recipe *r, const char *path)
{
  const char *slash = strrchr(path, '/');
  const char *stem = slash ? slash + 1 : path;
  *r = (recipe){.front_end = ear_front_end_default(), .frames = 128};
  snprintf(r->name, sizeof r->name, "%.*s", (int)strcspn(stem, "."), stem);
  r->train = (recipe_train){.optimizer = RECIPE_ADAM,
                            .learning_rate = 1e-3f,
                            .factor = 0.1f,
                            .wait = 10,
                            .momentum = 0.9f,
                            .epochs = 20,
                            .batch = 32,
                            .crops = 1,
                            .teacher = 0.5f,
                            .temperature = 2};
}

/* Cuts the line in place into words, up to a comment. */
static bool
split(recipe_parser *p, char *line)
{
  char *rest = NULL;
  line[strcspn(line, "#")] = '\0';
  p->n_words = 0;
  for (char *w = strtok_r(line, " \t\r", &rest); w; w = strtok_r(NULL, " \t\r", &rest)) {
    if (p->n_words == RECIPE_MAX_WORDS) {
      return false;
    }
    p->word[p->n_words++] = w;
  }
  return true;
}

static ear_status
open_section(recipe_parser *p, section *current)
{
  static const char *const name[] = {"", "[input]", "[network]", "[train]", "[search]"};
  for (int i = SECTION_INPUT; i <= SECTION_SEARCH; ++i) {
    if (!strcmp(p->word[0], name[i])) {
      if (i != (int)*current + 1 || p->n_words > 1) {
        return recipe_complain(p,
                               "%s out of place: [input], [network], [train], [search], "
                               "once each and in this order",
                               p->word[0]);
      }
      const char *problem =
          i == SECTION_NETWORK ? ear_front_end_problem(&p->r->front_end) : NULL;
      if (problem) {
        return recipe_complain(p, "the [input] above cannot be computed: %s", problem);
      }
      *current = (section)i;
      return EAR_OK;
    }
  }
  return recipe_complain(
      p, "unknown section %s: [input], [network], [train] and [search] are known",
      p->word[0]);
}

/* The newest layer against all before it. */
static ear_status
check_layer(recipe_parser *p)
{
  ear_model_spec spec;
  ear_error why = {""};
  const ear_status st = recipe_spec(p->r, 0, &spec, &why);
  return st ? recipe_complain(p, "%s: %s", p->word[0], why.text) : EAR_OK;
}

/* The words of the newest layer's line, for recipe_tell. */
static void
keep_line(recipe_parser *p)
{
  recipe_layer *l = &p->r->layer[p->r->n_layers - 1];
  size_t n = 0;
  for (uint32_t i = 0; i < p->n_words && n < sizeof l->line; ++i) {
    n += (size_t)snprintf(l->line + n, sizeof l->line - n, "%s%s", i ? " " : "",
                          p->word[i]);
  }
}

void
recipe_tell(const recipe *r, void (*tell)(void *user, const char *key, const char *value),
            void *user)
{
  char key[64], value[64];
  const char *name;
  for (uint32_t i = 0; recipe_key_text(r, false, i, &name, value); ++i) {
    snprintf(key, sizeof key, "input.%s", name);
    tell(user, key, value);
  }
  for (uint32_t i = 0; i < r->n_layers; ++i) {
    snprintf(key, sizeof key, "network.%u", i + 1);
    tell(user, key, r->layer[i].line);
  }
  for (uint32_t i = 0; recipe_key_text(r, true, i, &name, value); ++i) {
    snprintf(key, sizeof key, "train.%s", name);
    tell(user, key, value);
  }
}

/* Kept as it is: only a search reads it. */
static ear_status
keep_range(recipe_parser *p)
{
  recipe *r = p->r;
  if (p->n_words < 2 || r->n_ranges == RECIPE_MAX_RANGES) {
    return recipe_complain(p,
                           p->n_words < 2 ? "`%s` has no range: LOW..HIGH or A|B"
                                          : "`%s`: more than 16 ranges",
                           p->word[0]);
  }
  char *to = r->range[r->n_ranges++];
  int n = snprintf(to, sizeof r->range[0], "%s=", p->word[0]);
  for (uint32_t i = 1; i < p->n_words && n < (int)sizeof r->range[0]; ++i) {
    n += snprintf(to + n, sizeof r->range[0] - (size_t)n, "%s%s", i > 1 ? " " : "",
                  p->word[i]);
  }
  return n < (int)sizeof r->range[0] ? EAR_OK
                                     : recipe_complain(p, "`%s`: too long", p->word[0]);
}

static ear_status
read_line(recipe_parser *p, section *current)
{
  ear_status st;
  if (p->word[0][0] == '[') {
    return open_section(p, current);
  }
  switch (*current) {
  case SECTION_INPUT:
    return recipe_input_line(p);
  case SECTION_TRAIN:
    return recipe_train_line(p);
  case SECTION_SEARCH:
    return keep_range(p);
  case SECTION_NETWORK:
    st = recipe_layer_line(p);
    if (!st) {
      keep_line(p);
    }
    return st ? st : check_layer(p);
  default:
    return recipe_complain(p, "`%s` before the first section: begin with [input]",
                           p->word[0]);
  }
}

static ear_status
check_end(recipe_parser *p, section current)
{
  const recipe *r = p->r;
  const recipe_layer *last = r->n_layers ? &r->layer[r->n_layers - 1] : NULL;
  if (current < SECTION_TRAIN) {
    return recipe_complain(p, "ends without [train]");
  }
  if (!last || last->is_dropout || last->op != EAR_OP_DENSE || last->n_out ||
      last->relu) {
    return recipe_complain(p, "the last line of [network] must be `dense labels`");
  }
  for (uint32_t i = 0; i < r->n_layers && r->train.zerosum; ++i) {
    const recipe_layer *l = &r->layer[i];
    if ((i == 0 || r->layer[i - 1].is_branch) &&
        (l->is_dropout || l->pad ||
         (l->op != EAR_OP_CONV && l->op != EAR_OP_DEPTHWISE))) {
      return recipe_complain(p, "zerosum needs a first layer `conv` without `pad`%s",
                             i ? ", behind `branch` too" : "");
    }
  }
  return EAR_OK;
}

ear_status
recipe_parse(recipe *r, const char *path, char *text, ear_error *err)
{
  recipe_parser p = {.r = r, .path = path, .err = err};
  section current = SECTION_NONE;
  set_defaults(r, path);
  for (char *line = text, *next; line; line = next) {
    next = strchr(line, '\n');
    if (next) {
      *next++ = '\0';
    }
    p.line += next || *line;
    if (!split(&p, line)) {
      return recipe_complain(&p, "more than %d words", RECIPE_MAX_WORDS);
    }
    const ear_status st = p.n_words ? read_line(&p, &current) : EAR_OK;
    if (st) {
      return st;
    }
  }
  return check_end(&p, current);
}

static ear_status
unreadable(const char *path, ear_error *err)
{
  if (err) {
    int n =
        snprintf(err->text, sizeof err->text,
                 "cannot read recipe %.200s: %s; built in are", path, strerror(errno));
    for (const recipe_text *t = recipe_texts; t->name && n < (int)sizeof err->text; ++t) {
      n += snprintf(err->text + n, sizeof err->text - (size_t)n, " %s", t->name);
    }
  }
  return EAR_IO;
}

static ear_status
read_file(const char *path, char *text, ear_error *err)
{
  FILE *file = fopen(path, "rb");
  if (!file) {
    return unreadable(path, err);
  }
  const size_t n = fread(text, 1, MAX_TEXT, file);
  const bool failed = ferror(file) != 0;
  fclose(file);
  if (failed) {
    return unreadable(path, err);
  }
  if (n == MAX_TEXT || memchr(text, '\0', n)) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "%.200s is not a recipe: not text, or over %d bytes", path, MAX_TEXT);
    }
    return EAR_BAD_ARGUMENT;
  }
  text[n] = '\0';
  return EAR_OK;
}

ear_status
recipe_read(recipe *r, const char *name_or_path, ear_error *err)
{
  char *text = malloc(MAX_TEXT);
  if (!text) {
    return EAR_NO_MEMORY;
  }
  const recipe_text *t = recipe_texts;
  while (t->name && strcmp(t->name, name_or_path)) {
    ++t;
  }
  ear_status st = EAR_OK;
  if (t->name) {
    snprintf(text, MAX_TEXT, "%s", (const char *)t->text);
  } else {
    st = read_file(name_or_path, text, err);
  }
  st = st ? st : recipe_parse(r, name_or_path, text, err);
  free(text);
  return st;
}
