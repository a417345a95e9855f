/* SPDX-License-Identifier: ISC */
/* What the description promises and the code gives: instantiation without and with
   features, extension data, worker, state, options; and the parameters of patch:Set. */
#include "lint.h"

#include <lv2/core/lv2.h>
#include <lv2/options/options.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <string.h>

#include "../plugin/uris.h"

static LilvInstance *
instance_of(lint *l)
{
  return lilv_plugin_instantiate(l->plugin, 48000, NULL);
}

/* Without any feature, at the usual rates; every port but the optional ones connected. */
static void
check_instantiation(lint *l)
{
  static const double rates[] = {44100, 48000, 96000};
  static float audio[64], control;
  for (uint32_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
    LilvInstance *instance = lilv_plugin_instantiate(l->plugin, rates[r], NULL);
    if (!instance) {
      lint_say(l, "fails at %.0f Hz without features", rates[r]);
      continue;
    }
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(l->plugin); i++) {
      float *at = lint_port_is(l, i, LV2_CORE__AudioPort)     ? audio
                  : lint_port_is(l, i, LV2_CORE__ControlPort) ? &control
                                                              : NULL;
      lilv_instance_connect_port(instance, i, at);
    }
    lilv_instance_activate(instance);
    lilv_instance_run(instance, 64);
    lilv_instance_deactivate(instance);
    lilv_instance_free(instance);
  }
}

/* What is listed is there, and nothing else is. */
static void
check_extension_data(lint *l)
{
  const char *const known[] = {
      LV2_STATE__interface, LV2_WORKER__interface, LV2_OPTIONS__interface,
      "http://harrisonconsoles.com/lv2/inlinedisplay#interface", NULL};
  LilvInstance *instance = instance_of(l);
  for (uint32_t i = 0; instance && known[i]; i++) {
    const bool listed = lint_is(l, l->uri, LV2_CORE__extensionData, known[i]);
    const bool given = lilv_instance_get_extension_data(instance, known[i]) != NULL;
    if (listed != given) {
      lint_say(l, "%s is %s", known[i], given ? "given but not listed" : "not given");
    }
  }
  const LilvNodes *listed = lint_objects(l, l->uri, LV2_CORE__extensionData);
  LILV_FOREACH(nodes, i, listed)
  {
    const char *uri = lilv_node_as_string(lilv_nodes_get(listed, i));
    if (!lint_one_of(uri, known)) {
      lint_say(l, "%s is listed, which no host knows", uri);
    }
  }
  if (instance) {
    lilv_instance_free(instance);
  }
}

static void
check_unknown_extension(lint *l)
{
  const char *const unknown[] = {"urn:earshot:unknown", "", LV2_CORE__Plugin, NULL};
  LilvInstance *instance = instance_of(l);
  for (uint32_t i = 0; instance && unknown[i]; i++) {
    if (lilv_instance_get_extension_data(instance, unknown[i])) {
      lint_say(l, "something is given for '%s'", unknown[i]);
    }
  }
  if (instance) {
    lilv_instance_free(instance);
  }
}

static void
check_worker(lint *l)
{
  LilvInstance *instance = instance_of(l);
  if (!instance) {
    return;
  }
  const LV2_Worker_Interface *worker =
      lilv_instance_get_extension_data(instance, LV2_WORKER__interface);
  if (!worker) {
    lint_say(l, "there is none: models could not be loaded while audio runs");
  } else if (!worker->work || !worker->work_response || !worker->end_run) {
    lint_say(l, "work, work_response or end_run is missing");
  }
  if (!lint_is(l, l->uri, LV2_CORE__optionalFeature, LV2_WORKER__schedule)) {
    lint_say(l, "work:schedule is not listed");
  }
  lilv_instance_free(instance);
}

static void
check_state(lint *l)
{
  LilvInstance *instance = instance_of(l);
  if (!instance) {
    return;
  }
  const LV2_State_Interface *state =
      lilv_instance_get_extension_data(instance, LV2_STATE__interface);
  if (!state || !state->save || !state->restore) {
    lint_say(l, "save or restore is missing");
  }
  if (!lint_is(l, l->uri, LV2_CORE__optionalFeature, LV2_STATE__threadSafeRestore)) {
    lint_say(l, "state:threadSafeRestore is not listed");
  }
  lilv_instance_free(instance);
}

/* opts:interface, options listed and the feature opts:options: all or none. */
static void
check_options(lint *l)
{
  const bool listed = lint_is(l, l->uri, LV2_CORE__extensionData, LV2_OPTIONS__interface);
  const bool supported = lint_object(l, l->uri, LV2_OPTIONS__supportedOption) != NULL ||
                         lint_object(l, l->uri, LV2_OPTIONS__requiredOption) != NULL;
  const bool feature =
      lint_is(l, l->uri, LV2_CORE__optionalFeature, LV2_OPTIONS__options) ||
      lint_is(l, l->uri, LV2_CORE__requiredFeature, LV2_OPTIONS__options);
  if (listed != supported || (supported && !feature)) {
    lint_say(l, "interface %d, options listed %d, feature %d", listed, supported,
             feature);
  }
}

/* Those of plugin/uris.h, and no others. */
static const struct {
  const char *uri, *range;
  bool writable;
} parameters[] = {
    {EARSHOT_HARSHNESS_MODEL, "http://lv2plug.in/ns/ext/atom#Path", true},
    {EARSHOT_CLASSIFIER_MODEL, "http://lv2plug.in/ns/ext/atom#Path", true},
    {EARSHOT_HARSHNESS_TEXT, "http://lv2plug.in/ns/ext/atom#String", false},
    {EARSHOT_CLASSIFIER_TEXT, "http://lv2plug.in/ns/ext/atom#String", false},
    {EARSHOT_CLASS_LABEL, "http://lv2plug.in/ns/ext/atom#String", false}};
enum { N_PARAMETERS = sizeof parameters / sizeof parameters[0] };

static void
check_parameters_listed(lint *l)
{
  for (uint32_t p = 0; p < N_PARAMETERS; p++) {
    const bool writable = lint_is(l, l->uri, LV2_PATCH__writable, parameters[p].uri);
    const bool readable = lint_is(l, l->uri, LV2_PATCH__readable, parameters[p].uri);
    if (writable != parameters[p].writable || readable == parameters[p].writable) {
      lint_say(l, "<%s> is not patch:%s, or both", parameters[p].uri,
               parameters[p].writable ? "writable" : "readable");
    }
  }
  const unsigned n = lilv_nodes_size(lint_objects(l, l->uri, LV2_PATCH__writable)) +
                     lilv_nodes_size(lint_objects(l, l->uri, LV2_PATCH__readable));
  if (n != N_PARAMETERS) {
    lint_say(l, "there are %u, the code knows %d", n, N_PARAMETERS);
  }
}

static void
want_of_parameters(lint *l, const char *predicate, size_t n_least)
{
  for (uint32_t p = 0; p < N_PARAMETERS; p++) {
    const LilvNode *node = lint_node(l, parameters[p].uri);
    if (strlen(lint_text(l, node, predicate)) < n_least) {
      lint_say(l, "<%s> has none", parameters[p].uri);
    }
  }
}

/* And none is the name of a port: hosts list both in one window. */
static void
check_parameter_label(lint *l)
{
  want_of_parameters(l, RDFS "label", 4);
  for (uint32_t p = 0; p < N_PARAMETERS; p++) {
    const char *label = lint_text(l, lint_node(l, parameters[p].uri), RDFS "label");
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(l->plugin); i++) {
      if (!strcmp(label, lint_text(l, lint_port_node(l, i), LV2_CORE__name))) {
        lint_say(l, "a port is called '%s' too", label);
      }
    }
  }
}

static void
check_parameter_comment(lint *l)
{
  want_of_parameters(l, RDFS "comment", 20);
}

static void
check_parameter_range(lint *l)
{
  for (uint32_t p = 0; p < N_PARAMETERS; p++) {
    const LilvNode *node = lint_node(l, parameters[p].uri);
    if (!lint_is(l, node, RDF "type", LV2_CORE_PREFIX "Parameter") ||
        !lint_is(l, node, RDFS "range", parameters[p].range)) {
      lint_say(l, "<%s> is no lv2:Parameter of range %s", parameters[p].uri,
               parameters[p].range);
    }
  }
}

const lint_check lint_interface_checks[] = {
    {"instantiation", check_instantiation},
    {"extension data", check_extension_data},
    {"unknown extension", check_unknown_extension},
    {"worker", check_worker},
    {"state", check_state},
    {"options", check_options},
    {"parameters listed", check_parameters_listed},
    {"parameter label", check_parameter_label},
    {"parameter comment", check_parameter_comment},
    {"parameter range", check_parameter_range},
    {NULL, NULL}};
