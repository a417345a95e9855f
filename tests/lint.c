/* SPDX-License-Identifier: ISC */
/* Whatever lilv gives away is kept until lint_free, so that checks need not free. */
#include "lint.h"

#include <lv2/core/lv2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const lint_check *const lint_all[N_LINT_ALL] = {
    lint_metadata_checks, lint_interface_checks, lint_binary_checks, lint_port_checks,
    lint_range_checks,    lint_preset_checks,    lint_ui_checks};

void
lint_say(lint *l, const char *format, ...)
{
  if (l->n_findings == LINT_MAX_FINDINGS) {
    return;
  }
  char *text = l->finding[l->n_findings++];
  const size_t size = sizeof l->finding[0];
  const int n = snprintf(text, size, "%s: ", l->check);
  va_list args;
  va_start(args, format);
  vsnprintf(text + n, size - (size_t)n, format, args);
  va_end(args);
}

bool
lint_found(const lint *l, const char *check)
{
  const size_t n = strlen(check);
  for (uint32_t i = 0; i < l->n_findings; i++) {
    if (strncmp(l->finding[i], check, n) == 0 && l->finding[i][n] == ':') {
      return true;
    }
  }
  return false;
}

static LilvNode *
keep(lint *l, LilvNode *node)
{
  if (l->n_kept == LINT_MAX_KEPT) {
    abort();
  }
  return l->kept[l->n_kept++] = node;
}

static LilvNodes *
keep_list(lint *l, LilvNodes *nodes)
{
  if (l->n_kept_lists == LINT_MAX_KEPT) {
    abort();
  }
  return l->kept_list[l->n_kept_lists++] = nodes;
}

const LilvNode *
lint_node(lint *l, const char *uri)
{
  return keep(l, lilv_new_uri(l->world, uri));
}

const LilvNodes *
lint_objects(lint *l, const LilvNode *subject, const char *predicate)
{
  return keep_list(
      l, lilv_world_find_nodes(l->world, subject, lint_node(l, predicate), NULL));
}

const LilvNodes *
lint_subjects(lint *l, const char *predicate, const LilvNode *object)
{
  return keep_list(
      l, lilv_world_find_nodes(l->world, NULL, lint_node(l, predicate), object));
}

const LilvNode *
lint_object(lint *l, const LilvNode *subject, const char *predicate)
{
  return keep(l, lilv_world_get(l->world, subject, lint_node(l, predicate), NULL));
}

const char *
lint_text(lint *l, const LilvNode *subject, const char *predicate)
{
  const LilvNode *object = lint_object(l, subject, predicate);
  return object ? lilv_node_as_string(object) : "";
}

bool
lint_is(lint *l, const LilvNode *subject, const char *predicate, const char *object)
{
  return lilv_world_ask(l->world, subject, lint_node(l, predicate), lint_node(l, object));
}

const LilvNode *
lint_port_node(lint *l, uint32_t index)
{
  return lilv_port_get_node(l->plugin, lilv_plugin_get_port_by_index(l->plugin, index));
}

const char *
lint_symbol(lint *l, uint32_t index)
{
  return lint_text(l, lint_port_node(l, index), LV2_CORE__symbol);
}

bool
lint_port_is(lint *l, uint32_t index, const char *class)
{
  return lint_is(l, lint_port_node(l, index), RDF "type", class);
}

bool
lint_port_has(lint *l, uint32_t index, const char *property)
{
  return lint_is(l, lint_port_node(l, index), LV2_CORE__portProperty, property);
}

char *
lint_tool(const char *tool, const char *file)
{
  char command[4400], *text = calloc(1, 1 << 20);
  snprintf(command, sizeof command, "%s '%s' 2>&1", tool, file);
  FILE *pipe = text ? popen(command, "r") : NULL;
  if (!pipe) {
    return text;
  }
  const size_t n = fread(text, 1, (1 << 20) - 1, pipe);
  text[pclose(pipe) == 0 ? n : 0] = '\0';
  return text;
}

bool
lint_one_of(const char *word, const char *const *list)
{
  for (; *list; list++) {
    if (strcmp(word, *list) == 0) {
      return true;
    }
  }
  return false;
}

static uint32_t
check_plugin(lint *l, const LilvPlugin *plugin, const char *only)
{
  uint32_t n_runs = 0;
  l->plugin = plugin;
  l->uri = lilv_plugin_get_uri(plugin);
  const LilvNode *binary = lilv_plugin_get_library_uri(plugin);
  l->binary = binary ? lilv_file_uri_parse(lilv_node_as_uri(binary), NULL) : NULL;
  for (size_t s = 0; s < N_LINT_ALL; s++) {
    for (const lint_check *check = lint_all[s]; check->name; check++) {
      if (!only || strcmp(only, check->name) == 0) {
        l->check = check->name;
        check->run(l);
        n_runs++;
      }
    }
  }
  lilv_free(l->binary);
  return n_runs;
}

lint *
lint_run(const char *bundle, const char *only, uint32_t *n_runs)
{
  *n_runs = 0;
  lint *l = calloc(1, sizeof *l);
  if (!l || !(l->world = lilv_world_new())) {
    free(l);
    return NULL;
  }
  lilv_world_load_all(l->world);
  l->bundle = strdup(bundle);
  LilvNode *folder = keep(l, lilv_new_file_uri(l->world, NULL, bundle));
  lilv_world_load_bundle(l->world, folder);
  const LilvPlugins *plugins = lilv_world_get_all_plugins(l->world);
  LILV_FOREACH(plugins, i, plugins)
  {
    const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
    if (lilv_node_equals(lilv_plugin_get_bundle_uri(plugin), folder)) {
      *n_runs += check_plugin(l, plugin, only);
    }
  }
  if (!l->uri) {
    l->check = "manifest";
    lint_say(l, "lilv finds no plugin in %s", bundle);
  }
  return l;
}

void
lint_free(lint *l)
{
  for (uint32_t i = 0; i < l->n_kept; i++) {
    lilv_node_free(l->kept[i]);
  }
  for (uint32_t i = 0; i < l->n_kept_lists; i++) {
    lilv_nodes_free(l->kept_list[i]);
  }
  lilv_world_free(l->world);
  free(l->bundle);
  free(l);
}
