/* SPDX-License-Identifier: ISC */
/* Reads JSON lines of earshot and checks each against the contract: strict JSON, the
   fields of its type, probabilities that sum to 1.  Prints how many there were of each
   type (of those of live sessions only if there were any); exit 1 and the line's number
   at the first that is wrong. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One letter a field: s string, S string or null, n number, N number or null, b bool,
   a array, o object. */
static const struct {
  const char *type;
  struct {
    char kind;
    const char *key;
  } field[10];
} contract[] = {
    {"start", {{'n', "v"}, {'s', "source"}, {'a', "models"}}},
    {"verdict",
     {{'n', "t"},
      {'s', "model"},
      {'s', "horizon"},
      {'s', "label"},
      {'o', "p"},
      {'b', "flag"},
      {'N', "low_hz"},
      {'N', "high_hz"}}},
    {"event",
     {{'s', "model"},
      {'s', "label"},
      {'n', "start_s"},
      {'n', "end_s"},
      {'n', "peak_p"},
      {'N', "low_hz"},
      {'N', "high_hz"}}},
    {"summary",
     {{'s', "source"},
      {'s', "model"},
      {'S', "label"},
      {'o', "p"},
      {'n', "flagged_fraction"},
      {'n', "events"}}},
    {"error", {{'s', "source"}, {'s', "message"}}},
    /* of a live session alone */
    {"status",
     {{'n', "t"},
      {'s', "utc"},
      {'b', "running"},
      {'s', "input"},
      {'N', "level_dbfs"},
      {'a', "peak_dbfs"},
      {'n', "xruns"},
      {'n', "samples_lost"},
      {'N', "age_ms"}}},
    {"message", {{'n', "t"}, {'s', "utc"}, {'s', "message"}}},
};
enum { N_TYPES = sizeof contract / sizeof contract[0], N_OF_FILES = 5 };

static bool
is_kind(const json_t *value, char kind)
{
  switch (kind) {
  case 's':
    return json_is_string(value);
  case 'S':
    return json_is_string(value) || json_is_null(value);
  case 'n':
    return json_is_number(value);
  case 'N':
    return json_is_number(value) || json_is_null(value);
  case 'b':
    return json_is_boolean(value);
  case 'a':
    return json_is_array(value);
  default:
    return json_is_object(value);
  }
}

static bool
sums_to_one(json_t *p)
{
  double sum = 0;
  const char *key;
  json_t *value;
  json_object_foreach(p, key, value)
  {
    sum += json_number_value(value);
  }
  return json_object_size(p) == 0 || fabs(sum - 1) < 1e-4;
}

static bool
is_model_description(json_t *model)
{
  return json_is_string(json_object_get(model, "name")) &&
         json_is_string(json_object_get(model, "sha256")) &&
         json_is_array(json_object_get(model, "labels")) &&
         json_is_object(json_object_get(model, "threshold"));
}

/* Index into contract, or -1 and a sentence on stderr. */
static int
check(json_t *line)
{
  const char *type = json_string_value(json_object_get(line, "type"));
  int t = 0;
  while (t < N_TYPES && (!type || strcmp(contract[t].type, type) != 0)) {
    t++;
  }
  if (t == N_TYPES) {
    fprintf(stderr, "no type\n");
    return -1;
  }
  for (size_t i = 0; contract[t].field[i].key; i++) {
    const char *key = contract[t].field[i].key;
    if (!is_kind(json_object_get(line, key), contract[t].field[i].kind)) {
      fprintf(stderr, "%s: %s is missing or of the wrong kind\n", type, key);
      return -1;
    }
  }
  size_t m;
  json_t *model;
  json_array_foreach(json_object_get(line, "models"), m, model)
  {
    if (!is_model_description(model)) {
      fprintf(stderr, "start: model %zu is not described\n", m);
      return -1;
    }
  }
  json_t *p = json_object_get(line, "p");
  if (p && !sums_to_one(p)) {
    fprintf(stderr, "%s: p does not sum to 1\n", type);
    return -1;
  }
  return t;
}

int
main(void)
{
  char *text = NULL;
  size_t size = 0;
  unsigned long n = 0, count[N_TYPES] = {0};
  while (getline(&text, &size, stdin) > 0) {
    n++;
    json_error_t err;
    json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, &err);
    const int type = line ? check(line) : -1;
    if (type < 0) {
      fprintf(stderr, "line %lu: %s\n%s", n, line ? "breaks the contract" : err.text,
              text);
      return 1;
    }
    count[type]++;
    json_decref(line);
  }
  free(text);
  for (int t = 0; t < N_TYPES; t++) {
    if (t < N_OF_FILES || count[t] > 0) {
      printf("%s%s=%lu", t ? " " : "", contract[t].type, count[t]);
    }
  }
  printf("\n");
  return 0;
}
