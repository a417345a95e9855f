/* SPDX-License-Identifier: ISC */
/* Numbers: default, least and largest of each control port, and the scale points. */
#include "lint.h"

#include <earshot.h>
#include <lv2/core/lv2.h>
#include <math.h>
#include <string.h>

#include "../plugin/ports.h"
#include "../plugin/slot.h"

/* NAN if there is none. */
static float
number(lint *l, const LilvNode *subject, const char *predicate)
{
  const LilvNode *node = lint_object(l, subject, predicate);
  return node ? lilv_node_as_float(node) : NAN;
}

static uint32_t
next_control(lint *l, uint32_t i)
{
  while (i < lilv_plugin_get_num_ports(l->plugin) &&
         !lint_port_is(l, i, LV2_CORE__ControlPort)) {
    i++;
  }
  return i < lilv_plugin_get_num_ports(l->plugin) ? i : UINT32_MAX;
}
#define EACH_CONTROL(i)                                                                  \
  for (uint32_t i = next_control(l, 0); i < UINT32_MAX; i = next_control(l, i + 1))

static void
check_default(lint *l)
{
  EACH_CONTROL(i)
  {
    const LilvNode *port = lint_port_node(l, i);
    const float is = number(l, port, LV2_CORE__default);
    if (!(is >= number(l, port, LV2_CORE__minimum) &&
          is <= number(l, port, LV2_CORE__maximum))) {
      lint_say(l, "that of '%s' is missing or out of range", lint_symbol(l, i));
    }
    if (lint_port_has(l, i, LV2_CORE__integer) && is != roundf(is)) {
      lint_say(l, "that of '%s' is no whole number", lint_symbol(l, i));
    }
  }
}

static void
check_minimum(lint *l)
{
  EACH_CONTROL(i)
  {
    if (!(number(l, lint_port_node(l, i), LV2_CORE__minimum) == 0)) {
      lint_say(l, "that of '%s' is not 0", lint_symbol(l, i));
    }
  }
}

static void
check_maximum(lint *l)
{
  EACH_CONTROL(i)
  {
    const LilvNode *port = lint_port_node(l, i);
    const float most = number(l, port, LV2_CORE__maximum);
    if (!(most > number(l, port, LV2_CORE__minimum)) ||
        (lint_port_has(l, i, LV2_CORE__toggled) && most != 1)) {
      lint_say(l, "that of '%s' is missing, not over the minimum, or not 1 for a switch",
               lint_symbol(l, i));
    }
  }
}

/* As the comments in plugin/ports.h say. */
static void
check_promised(lint *l)
{
  static const struct {
    const char *symbol;
    float is, most;
  } promised[] = {{"enabled", 1, 1},
                  {"threshold", 0, 100},
                  {"hold", 500, 5000},
                  {"horizon", EAR_SHORT, EAR_N_HORIZONS - 1},
                  {"harsh_momentary", 0, 100},
                  {"harsh_short", 0, 100},
                  {"harsh_integrated", 0, 100},
                  {"class", 0, EAR_MAX_LABELS - 1},
                  {"confidence", 0, 100},
                  {"harshness_status", SLOT_BUILT_IN, SLOT_NOT_READY},
                  {"classifier_status", SLOT_BUILT_IN, SLOT_NOT_READY}};
  EACH_CONTROL(i)
  {
    const LilvNode *port = lint_port_node(l, i);
    for (uint32_t p = 0; p < sizeof promised / sizeof promised[0]; p++) {
      if (strcmp(promised[p].symbol, lint_symbol(l, i)) == 0 &&
          (number(l, port, LV2_CORE__default) != promised[p].is ||
           number(l, port, LV2_CORE__maximum) != promised[p].most)) {
        lint_say(l, "the code has '%s' default %g, maximum %g", promised[p].symbol,
                 promised[p].is, promised[p].most);
      }
    }
  }
}

static void
compare_points(lint *l, uint32_t i, const LilvNode *a, const LilvNode *b)
{
  if (number(l, a, RDF "value") == number(l, b, RDF "value")) {
    lint_say(l, "'%s' has two of value %g", lint_symbol(l, i), number(l, a, RDF "value"));
  }
  if (strcmp(lint_text(l, a, RDFS "label"), lint_text(l, b, RDFS "label")) == 0) {
    lint_say(l, "'%s' has two called '%s'", lint_symbol(l, i),
             lint_text(l, a, RDFS "label"));
  }
}

/* Named, within the range, each value and each name once. */
static void
check_scale_points(lint *l)
{
  EACH_CONTROL(i)
  {
    const LilvNode *port = lint_port_node(l, i);
    const LilvNodes *points = lint_objects(l, port, LV2_CORE__scalePoint);
    LILV_FOREACH(nodes, n, points)
    {
      const LilvNode *point = lilv_nodes_get(points, n);
      const float at = number(l, point, RDF "value");
      if (!(at >= number(l, port, LV2_CORE__minimum) &&
            at <= number(l, port, LV2_CORE__maximum)) ||
          !*lint_text(l, point, RDFS "label")) {
        lint_say(l, "'%s' has one out of range or without a name", lint_symbol(l, i));
      }
      for (LilvIter *m = lilv_nodes_begin(points); m != n;
           m = lilv_nodes_next(points, m)) {
        compare_points(l, i, lilv_nodes_get(points, m), point);
      }
    }
    if (!lilv_nodes_size(points) && lint_port_has(l, i, LV2_CORE__enumeration)) {
      lint_say(l, "'%s' is a choice of nothing", lint_symbol(l, i));
    }
  }
}

/* The name of value `at`, "" if it has none. */
static const char *
name_of(lint *l, uint32_t i, uint32_t at)
{
  const LilvNodes *points = lint_objects(l, lint_port_node(l, i), LV2_CORE__scalePoint);
  LILV_FOREACH(nodes, n, points)
  {
    if (number(l, lilv_nodes_get(points, n), RDF "value") == (float)at) {
      return lint_text(l, lilv_nodes_get(points, n), RDFS "label");
    }
  }
  return "";
}

/* Every value of a small choice has a name; those of the class are the built-in model's.
 */
static void
check_choices(lint *l)
{
  ear_model *genre = NULL;
  if (ear_model_builtin(&genre, "genre", NULL)) {
    lint_say(l, "there is no built-in genre model");
    return;
  }
  const ear_model_info *info = ear_model_info_get(genre);
  EACH_CONTROL(i)
  {
    const bool class = strcmp(lint_symbol(l, i), "class") == 0;
    const float most = number(l, lint_port_node(l, i), LV2_CORE__maximum);
    const uint32_t n = class                                        ? info->n_labels
                       : lint_port_has(l, i, LV2_CORE__enumeration) ? (uint32_t)most + 1
                                                                    : 0;
    for (uint32_t at = 0; at < n; at++) {
      const char *name = name_of(l, i, at);
      if (!*name || (class && strcmp(name, info->label[at]) != 0)) {
        lint_say(l, "'%s' at %u is called '%s'", lint_symbol(l, i), at, name);
      }
    }
    if (class && *name_of(l, i, n)) {
      lint_say(l, "the built-in model has no class %u", n);
    }
  }
  ear_model_unref(genre);
}

const lint_check lint_range_checks[] = {{"port default", check_default},
                                        {"port minimum", check_minimum},
                                        {"port maximum", check_maximum},
                                        {"port numbers", check_promised},
                                        {"scale points", check_scale_points},
                                        {"choices", check_choices},
                                        {NULL, NULL}};
