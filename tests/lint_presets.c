/* SPDX-License-Identifier: ISC */
/* Presets, and what the manifest may hold. */
#include "lint.h"

#include <lv2/core/lv2.h>
#include <lv2/presets/presets.h>
#include <lv2/ui/ui.h>
#include <serd/serd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PRESETS = 6 }; /* at least */

/* A port value of a preset: its port is a control input and it lies in the range. */
static void
check_value(lint *l, const char *preset, const LilvNode *value)
{
  const char *symbol = lint_text(l, value, LV2_CORE__symbol);
  const LilvNode *at = lint_object(l, value, LV2_PRESETS__value);
  for (uint32_t i = 0; i < lilv_plugin_get_num_ports(l->plugin); i++) {
    if (strcmp(symbol, lint_symbol(l, i)) == 0) {
      const LilvNode *port = lint_port_node(l, i);
      const LilvNode *least = lint_object(l, port, LV2_CORE__minimum);
      const LilvNode *most = lint_object(l, port, LV2_CORE__maximum);
      if (!at || !least || !most || !lint_port_is(l, i, LV2_CORE__InputPort) ||
          lilv_node_as_float(at) < lilv_node_as_float(least) ||
          lilv_node_as_float(at) > lilv_node_as_float(most)) {
        lint_say(l, "%s sets '%s' to what it cannot be", preset, symbol);
      }
      return;
    }
  }
  lint_say(l, "%s sets '%s', which is no port", preset, symbol);
}

static void
check_preset(lint *l, const LilvNode *preset)
{
  const char *name = lilv_node_as_string(preset);
  lilv_world_load_resource(l->world, preset);
  if (!lint_is(l, preset, LV2_CORE__appliesTo,
               "https://earshot.audio/lv2/earshot#mono") ||
      !lint_is(l, preset, LV2_CORE__appliesTo,
               "https://earshot.audio/lv2/earshot#stereo")) {
    lint_say(l, "%s is for one variant alone", name);
  }
  if (!*lint_text(l, preset, RDFS "label") ||
      strlen(lint_text(l, preset, RDFS "comment")) < 20) {
    lint_say(l, "%s has no label or no comment", name);
  }
  const LilvNodes *values = lint_objects(l, preset, LV2_CORE__port);
  if (lilv_nodes_size(values) != 3) {
    lint_say(l, "%s does not set threshold, hold and horizon", name);
  }
  LILV_FOREACH(nodes, i, values)
  {
    check_value(l, name, lilv_nodes_get(values, i));
  }
}

static void
check_presets(lint *l)
{
  LilvNodes *presets =
      lilv_plugin_get_related(l->plugin, lint_node(l, LV2_PRESETS__Preset));
  if (lilv_nodes_size(presets) < N_PRESETS) {
    lint_say(l, "there are %u, fewer than %d", lilv_nodes_size(presets), N_PRESETS);
  }
  LILV_FOREACH(nodes, i, presets)
  {
    const LilvNode *a = lilv_nodes_get(presets, i);
    check_preset(l, a);
    for (LilvIter *j = lilv_nodes_begin(presets); j != i;
         j = lilv_nodes_next(presets, j)) {
      if (strcmp(lint_text(l, lilv_nodes_get(presets, j), RDFS "label"),
                 lint_text(l, a, RDFS "label")) == 0) {
        lint_say(l, "two are called '%s'", lint_text(l, a, RDFS "label"));
      }
    }
  }
  lilv_nodes_free(presets);
}

/* "" if the word is neither a URI nor known by its prefix. */
static char *
full_uri(SerdEnv *env, const SerdNode *node)
{
  SerdNode uri = serd_env_expand_node(env, node);
  char *text = strdup(uri.buf ? (const char *)uri.buf : "");
  serd_node_free(&uri);
  return text;
}

typedef struct {
  lint *l;
  SerdEnv *env;
  uint32_t n_presets, n_applied; /* statements so far */
} manifest;

static SerdStatus
see_prefix(void *handle, const SerdNode *name, const SerdNode *uri)
{
  return serd_env_set_prefix(((manifest *)handle)->env, name, uri);
}

static SerdStatus
see_statement(void *handle, SerdStatementFlags flags, const SerdNode *graph,
              const SerdNode *subject, const SerdNode *predicate, const SerdNode *object,
              const SerdNode *type, const SerdNode *language)
{
  (void)flags, (void)graph, (void)type, (void)language;
  const char *const allowed[] = {RDF "type",          LV2_CORE__binary, RDFS "seeAlso",
                                 LV2_CORE__appliesTo, LV2_UI__ui,       NULL};
  const char *const types[] = {LV2_CORE__Plugin, LV2_PRESETS__Preset, LV2_UI__X11UI,
                               NULL};
  manifest *m = handle;
  char *uri = full_uri(m->env, predicate), *of = full_uri(m->env, object);
  const bool is_type = strcmp(uri, RDF "type") == 0;
  if (!lint_one_of(uri, allowed) || (is_type && !lint_one_of(of, types))) {
    lint_say(m->l, "%s %s of %s does not belong there", uri, of,
             (const char *)subject->buf);
  }
  m->n_presets += is_type && strcmp(of, LV2_PRESETS__Preset) == 0;
  m->n_applied += strcmp(uri, LV2_CORE__appliesTo) == 0;
  free(uri);
  free(of);
  return SERD_SUCCESS;
}

/* All that a host reads at start: types, binaries, and where to read on. */
static void
check_manifest(lint *l)
{
  char path[4200];
  snprintf(path, sizeof path, "%smanifest.ttl", l->bundle);
  manifest m = {l, serd_env_new(NULL), 0, 0};
  SerdReader *reader =
      serd_reader_new(SERD_TURTLE, &m, NULL, NULL, see_prefix, see_statement, NULL);
  if (serd_reader_read_file(reader, (const uint8_t *)path)) {
    lint_say(l, "%s cannot be read", path);
  }
  if (m.n_applied != 2 * m.n_presets) {
    lint_say(l, "not every preset is for both variants");
  }
  serd_reader_free(reader);
  serd_env_free(m.env);
}

const lint_check lint_preset_checks[] = {
    {"presets", check_presets}, {"manifest", check_manifest}, {NULL, NULL}};
