/* SPDX-License-Identifier: ISC */
/* Each port alone, and all against plugin/ports.h: index, symbol, direction, kind,
   designation. */
#include "lint.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/units/units.h>
#include <stdio.h>
#include <string.h>

#include "../plugin/ports.h"

static const char in[] = LV2_CORE__InputPort, out[] = LV2_CORE__OutputPort,
                  message[] = LV2_ATOM__AtomPort, audio[] = LV2_CORE__AudioPort,
                  control[] = LV2_CORE__ControlPort;

/* By role.  Designation "" is none; mono is the symbol in #mono if that differs. */
static const struct {
  const char *symbol, *mono, *way, *kind, *designation;
} ports[N_PORTS] = {
    [PORT_CONTROL] = {"control", NULL, in, message, LV2_CORE__control},
    [PORT_NOTIFY] = {"notify", NULL, out, message, LV2_CORE__control},
    [PORT_IN_LEFT] = {"in_left", "in", in, audio, LV2_PORT_GROUPS__left},
    [PORT_OUT_LEFT] = {"out_left", "out", out, audio, LV2_PORT_GROUPS__left},
    [PORT_IN_RIGHT] = {"in_right", NULL, in, audio, LV2_PORT_GROUPS__right},
    [PORT_OUT_RIGHT] = {"out_right", NULL, out, audio, LV2_PORT_GROUPS__right},
    [PORT_ENABLED] = {"enabled", NULL, in, control, LV2_CORE__enabled},
    [PORT_FREEWHEEL] = {"freewheel", NULL, in, control, LV2_CORE__freeWheeling},
    [PORT_RESET] = {"reset", NULL, in, control, ""},
    [PORT_THRESHOLD] = {"threshold", NULL, in, control, ""},
    [PORT_HOLD] = {"hold", NULL, in, control, ""},
    [PORT_HORIZON] = {"horizon", NULL, in, control, ""},
    [PORT_HARSH_MOMENTARY] = {"harsh_momentary", NULL, out, control, ""},
    [PORT_HARSH_SHORT] = {"harsh_short", NULL, out, control, ""},
    [PORT_HARSH_INTEGRATED] = {"harsh_integrated", NULL, out, control, ""},
    [PORT_FLAG] = {"flag", NULL, out, control, ""},
    [PORT_LOW] = {"low", NULL, out, control, ""},
    [PORT_HIGH] = {"high", NULL, out, control, ""},
    [PORT_CLASS] = {"class", NULL, out, control, ""},
    [PORT_CONFIDENCE] = {"confidence", NULL, out, control, ""},
    [PORT_AGE] = {"age", NULL, out, control, ""},
    [PORT_DROPPED] = {"dropped", NULL, out, control, ""},
    [PORT_HARSHNESS_STATUS] = {"harshness_status", NULL, out, control, ""},
    [PORT_CLASSIFIER_STATUS] = {"classifier_status", NULL, out, control, ""},
    [PORT_LATENCY] = {"latency", NULL, out, control, LV2_CORE__latency}};

static uint32_t
n_channels(lint *l)
{
  const char *uri = lilv_node_as_uri(l->uri);
  return strcmp(uri + strcspn(uri, "#"), "#mono") == 0 ? 1 : 2;
}

static uint32_t
n_ports(lint *l)
{
  return lilv_plugin_get_num_ports(l->plugin);
}

static void
check_order(lint *l)
{
  const uint32_t n_want = n_channels(l) == 2 ? N_PORTS : N_PORTS - 2;
  if (n_ports(l) != n_want) {
    lint_say(l, "there are %u ports, the code knows %u", n_ports(l), n_want);
  }
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const port_role role = port_of(i, n_channels(l));
    const bool mono = n_channels(l) == 1 && role < N_PORTS && ports[role].mono;
    const char *want = role >= N_PORTS ? "nothing"
                       : mono          ? ports[role].mono
                                       : ports[role].symbol;
    if (strcmp(want, lint_symbol(l, i)) != 0) {
      lint_say(l, "port %u is '%s', the code has '%s' there", i, lint_symbol(l, i), want);
    }
  }
}

static void
check_port_class(lint *l)
{
  const char *const ways[] = {in, out, NULL}, *const kinds[] = {message, audio, control};
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const port_role role = port_of(i, n_channels(l));
    uint32_t n_ways = 0, n_kinds = 0;
    for (uint32_t w = 0; w < 2; w++) {
      n_ways += lint_port_is(l, i, ways[w]);
    }
    for (uint32_t k = 0; k < 3; k++) {
      n_kinds += lint_port_is(l, i, kinds[k]);
    }
    if (n_ways != 1 || n_kinds != 1 || role >= N_PORTS ||
        !lint_port_is(l, i, ports[role].way) || !lint_port_is(l, i, ports[role].kind)) {
      lint_say(l, "'%s' is not what the code makes of it", lint_symbol(l, i));
    }
  }
}

static void
check_designations(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const port_role role = port_of(i, n_channels(l));
    const char *want = role < N_PORTS ? ports[role].designation : "";
    if (n_channels(l) == 1 && role < N_PORTS && ports[role].mono) {
      want = LV2_PORT_GROUPS__center;
    }
    const char *is = lint_text(l, lint_port_node(l, i), LV2_CORE__designation);
    if (strcmp(is, want) != 0) {
      lint_say(l, "'%s' is designated '%s', not '%s'", lint_symbol(l, i), is, want);
    }
  }
}

static const char *const known_properties[] = {LV2_CORE__connectionOptional,
                                               LV2_CORE__toggled,
                                               LV2_CORE__integer,
                                               LV2_CORE__enumeration,
                                               LV2_CORE__reportsLatency,
                                               LV2_PORT_PROPS__trigger,
                                               LV2_PORT_PROPS__notOnGUI,
                                               NULL};

/* Known ones, and together what belongs together. */
static void
check_properties(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const LilvNodes *given =
        lint_objects(l, lint_port_node(l, i), LV2_CORE__portProperty);
    LILV_FOREACH(nodes, n, given)
    {
      const char *property = lilv_node_as_string(lilv_nodes_get(given, n));
      if (!lint_one_of(property, known_properties)) {
        lint_say(l, "'%s' has %s, which is not known", lint_symbol(l, i), property);
      }
    }
    const bool choice = lint_port_has(l, i, LV2_CORE__enumeration);
    const port_role role = port_of(i, n_channels(l));
    if ((choice && !lint_port_has(l, i, LV2_CORE__integer)) ||
        lint_port_has(l, i, LV2_PORT_PROPS__notOnGUI) !=
            (role == PORT_FREEWHEEL || role == PORT_LATENCY) ||
        lint_port_has(l, i, LV2_CORE__reportsLatency) != (role == PORT_LATENCY) ||
        lint_port_has(l, i, LV2_PORT_PROPS__trigger) != (role == PORT_RESET) ||
        lint_port_has(l, i, LV2_CORE__connectionOptional) !=
            lint_port_is(l, i, message)) {
      lint_say(l, "'%s' has some that do not fit, or lacks one", lint_symbol(l, i));
    }
  }
}

static void
check_name(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const char *name = lint_text(l, lint_port_node(l, i), LV2_CORE__name);
    if (!*name || strlen(name) > 16) {
      lint_say(l, "'%s' is called '%s': hosts have room for 1 to 16 characters",
               lint_symbol(l, i), name);
    }
    for (uint32_t j = 0; j < i; j++) {
      if (strcmp(name, lint_text(l, lint_port_node(l, j), LV2_CORE__name)) == 0) {
        lint_say(l, "'%s' and '%s' are both called '%s'", lint_symbol(l, j),
                 lint_symbol(l, i), name);
      }
    }
  }
}

/* What a comment must say where a unit is: some hosts show comments, but no units. */
static const struct {
  const char *unit, *said;
} said_units[] = {{LV2_UNITS__pc, "%"}, {LV2_UNITS__ms, " ms"}, {LV2_UNITS__hz, " Hz"}};

static void
check_comment(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const char *comment = lint_text(l, lint_port_node(l, i), RDFS "comment");
    if (strlen(comment) < 20) {
      lint_say(l, "'%s' has none that explains it", lint_symbol(l, i));
    }
    for (size_t u = 0; u < sizeof said_units / sizeof *said_units; u++) {
      if (lint_is(l, lint_port_node(l, i), LV2_UNITS__unit, said_units[u].unit) &&
          !strstr(comment, said_units[u].said)) {
        lint_say(l, "that of '%s' does not tell its unit", lint_symbol(l, i));
      }
    }
  }
}

/* In a group of its own direction that is described. */
static void
check_group(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const LilvNode *group = lint_object(l, lint_port_node(l, i), LV2_PORT_GROUPS__group);
    if (!group) {
      lint_say(l, "'%s' is in none", lint_symbol(l, i));
      continue;
    }
    const char *type = lint_port_is(l, i, in) ? LV2_PORT_GROUPS__InputGroup
                                              : LV2_PORT_GROUPS__OutputGroup;
    if (!lint_is(l, group, RDF "type", type) || !*lint_text(l, group, LV2_CORE__name) ||
        !*lint_text(l, group, LV2_CORE__symbol)) {
      lint_say(l, "that of '%s' has no name or symbol, or is no %s", lint_symbol(l, i),
               type);
    }
    if (lint_port_is(l, i, audio) && lint_port_is(l, i, out) &&
        !lint_object(l, group, LV2_PORT_GROUPS__source)) {
      lint_say(l, "that of '%s' does not say where the sound comes from",
               lint_symbol(l, i));
    }
  }
}

/* One that is described here or by LV2. */
static void
check_unit(lint *l)
{
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const LilvNode *unit = lint_object(l, lint_port_node(l, i), LV2_UNITS__unit);
    if (!lint_port_is(l, i, control)) {
      continue;
    }
    if (!unit) {
      lint_say(l, "'%s' has none", lint_symbol(l, i));
    } else if (!lint_is(l, unit, RDF "type", LV2_UNITS__Unit) ||
               !*lint_text(l, unit, LV2_UNITS__render)) {
      lint_say(l, "'%s' has one that nobody knows", lint_symbol(l, i));
    }
  }
}

static void
check_symbols(lint *l)
{
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  if (!n_ports(l)) {
    lint_say(l, "lilv takes none of the ports");
  }
  for (uint32_t i = 0; i < n_ports(l); i++) {
    const char *symbol = lint_symbol(l, i);
    if (!*symbol || symbol[strspn(symbol, letters)] || strspn(symbol, letters + 53)) {
      lint_say(l, "'%s' is no symbol", symbol);
    }
    for (uint32_t j = 0; j < i; j++) {
      if (strcmp(symbol, lint_symbol(l, j)) == 0) {
        lint_say(l, "ports %u and %u are both '%s'", j, i, symbol);
      }
    }
  }
}

const lint_check lint_port_checks[] = {{"port order", check_order},
                                       {"port class", check_port_class},
                                       {"port designation", check_designations},
                                       {"port properties", check_properties},
                                       {"port name", check_name},
                                       {"port comment", check_comment},
                                       {"port group", check_group},
                                       {"port unit", check_unit},
                                       {"port symbols", check_symbols},
                                       {NULL, NULL}};
