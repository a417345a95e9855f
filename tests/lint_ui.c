/* SPDX-License-Identifier: ISC */
/* What a user interface must be like; a plugin without one passes. */
#include "lint.h"

#include <dlfcn.h>
#include <lv2/core/lv2.h>
#include <lv2/data-access/data-access.h>
#include <lv2/instance-access/instance-access.h>
#include <lv2/ui/ui.h>
#include <stdlib.h>
#include <string.h>

static void
each_ui(lint *l, void (*see)(lint *l, const LilvNode *ui, const char *binary))
{
  LilvUIs *uis = lilv_plugin_get_uis(l->plugin);
  LILV_FOREACH(uis, i, uis)
  {
    const LilvUI *ui = lilv_uis_get(uis, i);
    char *binary =
        lilv_file_uri_parse(lilv_node_as_uri(lilv_ui_get_binary_uri(ui)), NULL);
    see(l, lilv_ui_get_uri(ui), binary ? binary : "");
    lilv_free(binary);
  }
  lilv_uis_free(uis);
}

static void
see_symbols(lint *l, const LilvNode *ui, const char *binary)
{
  char *text = lint_tool("nm -D --defined-only", binary);
  if (!strstr(text, " lv2ui_descriptor\n") || strstr(text, " lv2_descriptor\n")) {
    lint_say(l, "<%s> does not show lv2ui_descriptor alone", lilv_node_as_uri(ui));
  }
  free(text);
}

static void
check_symbols(lint *l)
{
  each_ui(l, see_symbols);
}

static void
see_access(lint *l, const LilvNode *ui, const char *binary)
{
  (void)binary;
  const char *const kinds[] = {LV2_CORE__requiredFeature, LV2_CORE__optionalFeature,
                               NULL};
  for (uint32_t i = 0; kinds[i]; i++) {
    if (lint_is(l, ui, kinds[i], LV2_INSTANCE_ACCESS_URI) ||
        lint_is(l, ui, kinds[i], LV2_DATA_ACCESS_URI)) {
      lint_say(l, "<%s> reaches into the plugin", lilv_node_as_uri(ui));
    }
  }
}

static void
check_access(lint *l)
{
  each_ui(l, see_access);
}

static void
see_binary(lint *l, const LilvNode *ui, const char *binary)
{
  if (!l->binary || strcmp(binary, l->binary) == 0) {
    lint_say(l, "<%s> is in the plugin's own", lilv_node_as_uri(ui));
  }
}

static void
check_binary(lint *l)
{
  each_ui(l, see_binary);
}

static void
see_toolkit(lint *l, const LilvNode *ui, const char *binary)
{
  (void)binary;
  if (!lint_is(l, ui, RDF "type", LV2_UI__X11UI)) {
    lint_say(l, "<%s> is no ui:X11UI", lilv_node_as_uri(ui));
  }
}

static void
check_toolkit(lint *l)
{
  each_ui(l, see_toolkit);
}

static void
see_idle(lint *l, const LilvNode *ui, const char *binary)
{
  (void)binary;
  if (!lint_is(l, ui, LV2_CORE__requiredFeature, LV2_UI__idleInterface) ||
      !lint_is(l, ui, LV2_CORE__extensionData, LV2_UI__idleInterface)) {
    lint_say(l, "<%s> does not require ui:idleInterface and give it",
             lilv_node_as_uri(ui));
  }
}

static void
check_idle(lint *l)
{
  each_ui(l, see_idle);
}

static void
see_resize(lint *l, const LilvNode *ui, const char *binary)
{
  (void)binary;
  if (!lint_is(l, ui, LV2_CORE__optionalFeature, LV2_UI__resize) ||
      !lint_is(l, ui, LV2_CORE__extensionData, LV2_UI__resize)) {
    lint_say(l, "<%s> does not use ui:resize and give it", lilv_node_as_uri(ui));
  }
}

static void
check_resize(lint *l)
{
  each_ui(l, see_resize);
}

/* What the UI of this address gives for `uri`; NULL too when it cannot be loaded. */
static const void *
ui_gives(const char *binary, const char *ui, const char *uri)
{
  void *module = dlopen(binary, RTLD_NOW | RTLD_NODELETE);
  const LV2UI_DescriptorFunction describe =
      module ? (LV2UI_DescriptorFunction)dlsym(module, "lv2ui_descriptor") : NULL;
  const LV2UI_Descriptor *d = NULL;
  for (uint32_t i = 0; describe && (d = describe(i)) && strcmp(d->URI, ui) != 0; i++) {
  }
  return d && d->extension_data ? d->extension_data(uri) : NULL;
}

/* What is listed is given, and nothing unknown. */
static void
see_extension_data(lint *l, const LilvNode *ui, const char *binary)
{
  const char *name = lilv_node_as_uri(ui);
  const LilvNodes *listed = lint_objects(l, ui, LV2_CORE__extensionData);
  LILV_FOREACH(nodes, i, listed)
  {
    const char *uri = lilv_node_as_string(lilv_nodes_get(listed, i));
    if (!ui_gives(binary, name, uri)) {
      lint_say(l, "<%s> lists %s and does not give it", name, uri);
    }
  }
  if (ui_gives(binary, name, "urn:earshot:unknown")) {
    lint_say(l, "<%s> gives something for an unknown URI", name);
  }
}

static void
check_extension_data(lint *l)
{
  each_ui(l, see_extension_data);
}

const lint_check lint_ui_checks[] = {{"ui symbols", check_symbols},
                                     {"ui access", check_access},
                                     {"ui binary", check_binary},
                                     {"ui toolkit", check_toolkit},
                                     {"ui extension data", check_extension_data},
                                     {"ui idle", check_idle},
                                     {"ui resize", check_resize},
                                     {NULL, NULL}};
