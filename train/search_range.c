/* SPDX-License-Identifier: ISC */
/* A value is drawn as text and read back by the recipe reader, which knows what is
   possible for each key: a range needs no knowledge of its own. */
#include "search_range.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

static ear_status
read_choices(search_range *g, const char *text, ear_error *err)
{
  for (const char *from = text; from; from = strchr(from, '|')) {
    from += from != text;
    const size_t n = strcspn(from, "|");
    if (g->n_choices == SEARCH_MAX_CHOICES || n == 0 || n >= SEARCH_VALUE) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "--range %s: up to %d values between |, not \"%s\"", g->key,
                  SEARCH_MAX_CHOICES, text);
    }
    memcpy(g->choice[g->n_choices], from, n);
    g->choice[g->n_choices++][n] = '\0';
  }
  return EAR_OK;
}

ear_status
search_range_read(search_range *g, const char *text, ear_error *err)
{
  const char *equals = strchr(text, '='), *dots = strstr(text, "..");
  char *end;
  *g = (search_range){.low = 0};
  if (!equals || equals == text || (size_t)(equals - text) >= sizeof g->key) {
    return fail(err, EAR_BAD_ARGUMENT,
                "--range %.80s: KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=A|B|C", text);
  }
  memcpy(g->key, text, (size_t)(equals - text));
  if (strchr(equals, '|') || !dots) {
    return read_choices(g, equals + 1, err);
  }
  char low[32];
  snprintf(low, sizeof low, "%.*s", (int)(dots - equals - 1), equals + 1);
  g->low = strtod(low, &end);
  const bool low_is_number = end != low && *end == '\0';
  g->high = strtod(dots + 2, &end);
  const bool both = low_is_number && end != dots + 2;
  g->log = !strcmp(end, ":log") || !strcmp(end, " log");
  g->whole =
      !strpbrk(low, ".eE") && strspn(dots + 2, "0123456789") == (size_t)(end - dots - 2);
  if (!both || !(g->low < g->high) || (*end && !g->log) || (g->log && !(g->low > 0))) {
    return fail(err, EAR_BAD_ARGUMENT,
                "--range %.80s: LOW under HIGH, above 0 for a logarithm", text);
  }
  return EAR_OK;
}

void
search_range_draw(const search_range *g, rng *r, char value[SEARCH_VALUE])
{
  if (g->n_choices) {
    snprintf(value, SEARCH_VALUE, "%s", g->choice[rng_below(r, g->n_choices)]);
    return;
  }
  const double u = rng_uniform(r), high = g->high + g->whole, low = g->low;
  const double v = g->log ? low * pow(high / low, u) : low + (high - low) * u;
  if (g->whole) {
    snprintf(value, SEARCH_VALUE, "%.0f", fmin(floor(v), g->high));
  } else {
    snprintf(value, SEARCH_VALUE, "%.4g", v);
  }
}

double
search_range_place(const search_range *g, const char *value)
{
  char *end;
  const double v = strtod(value, &end);
  if (end != value && *end == '\0') {
    return v;
  }
  for (uint32_t i = 0; i < g->n_choices; ++i) {
    if (strcmp(g->choice[i], value) == 0) {
      return i + 1;
    }
  }
  return NAN;
}

/* Does "train.rate" or "input.bands" or the line "dropout 0.5" belong to the key? */
static bool
belongs(const char *key, const char *told, const char *line)
{
  if (strncmp(told, "network.", 8) == 0) {
    return strcmp(key, "dropout") == 0 && strncmp(line, "dropout ", 8) == 0;
  }
  return strcmp(key, told) == 0 ||
         (strncmp(told, "train.", 6) == 0 && strcmp(key, told + 6) == 0);
}

typedef struct {
  FILE *f;
  const search_range *range;
  uint32_t n;
  const char (*value)[SEARCH_VALUE];
  char section[16];
} writer;

static void
write_line(void *user, const char *key, const char *value)
{
  writer *w = user;
  const char *dot = strchr(key, '.');
  char section[16];
  snprintf(section, sizeof section, "%.*s", (int)(dot - key), key);
  if (strcmp(section, w->section) != 0) {
    fprintf(w->f, "%s[%s]\n", w->section[0] ? "\n" : "", section);
    memcpy(w->section, section, sizeof section);
  }
  const bool layer = strcmp(section, "network") == 0;
  for (uint32_t i = 0; i < w->n; ++i) {
    if (belongs(w->range[i].key, key, value)) {
      fprintf(w->f, "%s %s\n", layer ? "dropout" : dot + 1, w->value[i]);
      return;
    }
  }
  fprintf(w->f, "%s%s%s\n", layer ? "" : dot + 1, layer ? "" : " ", value);
}

char *
search_recipe_text(const recipe *r, const search_range *range, uint32_t n,
                   const char (*value)[SEARCH_VALUE])
{
  char *text = NULL;
  size_t size = 0;
  writer w = {.f = open_memstream(&text, &size), .range = range, .n = n, .value = value};
  if (!w.f) {
    return NULL;
  }
  recipe_tell(r, write_line, &w);
  if (fclose(w.f) != 0) {
    free(text);
    return NULL;
  }
  return text;
}

typedef struct {
  const char *key;
  char *value;
  bool found;
} seeker;

static void
seek(void *user, const char *key, const char *value)
{
  seeker *s = user;
  if (!s->found && belongs(s->key, key, value)) {
    const bool layer = strncmp(key, "network.", 8) == 0;
    snprintf(s->value, SEARCH_VALUE, "%s", value + (layer ? strlen("dropout ") : 0));
    s->found = true;
  }
}

bool
search_recipe_value(const recipe *r, const char *key, char value[SEARCH_VALUE])
{
  seeker s = {key, value, false};
  recipe_tell(r, seek, &s);
  return s.found;
}
