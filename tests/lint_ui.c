/* SPDX-License-Identifier: ISC */
/* What a user interface must be like; a plugin without one passes. */
#include "lint.h"

#include <lv2/core/lv2.h>
#include <lv2/data-access/data-access.h>
#include <lv2/instance-access/instance-access.h>
#include <lv2/ui/ui.h>
#include <stdlib.h>
#include <string.h>

#define RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

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
  if (!lint_is(l, ui, RDF_TYPE, LV2_UI__X11UI)) {
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

const lint_check lint_ui_checks[] = {{"ui symbols", check_symbols},
                                     {"ui access", check_access},
                                     {"ui binary", check_binary},
                                     {"ui toolkit", check_toolkit},
                                     {"ui idle", check_idle},
                                     {"ui resize", check_resize},
                                     {NULL, NULL}};
