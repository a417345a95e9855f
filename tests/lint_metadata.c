/* SPDX-License-Identifier: ISC */
/* What the description says of the plugin as a whole. */
#include "lint.h"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <stdlib.h>
#include <string.h>

#define DOAP "http://usefulinc.com/ns/doap#"
#define FOAF "http://xmlns.com/foaf/0.1/"
#define SPDX "http://spdx.org/licenses/"

static void
want_text(lint *l, const LilvNode *subject, const char *predicate, size_t n_least)
{
  const size_t n = strlen(lint_text(l, subject, predicate));
  if (n < n_least) {
    lint_say(l, "<%s> has a %s of %zu bytes, less than %zu", lilv_node_as_string(subject),
             predicate, n, n_least);
  }
}

static void
check_verify(lint *l)
{
  if (!lilv_plugin_verify(l->plugin)) {
    lint_say(l, "lilv refuses it");
  }
}

static void
check_name(lint *l)
{
  want_text(l, l->uri, DOAP "name", 4);
}

/* A binary that links FFTW is under the GPL as a whole. */
static void
check_license(lint *l)
{
  char *needed = lint_tool("readelf -d", l->binary ? l->binary : "");
  const char *want = strstr(needed, "libfftw3") ? SPDX "GPL-2.0-or-later" : SPDX "ISC";
  free(needed);
  const char *is = lint_text(l, l->uri, DOAP "license");
  if (strcmp(is, want) != 0) {
    lint_say(l, "it is '%s'; for what the binary links it must be '%s'", is, want);
  }
}

static void
check_project(lint *l)
{
  const LilvNode *project = lint_object(l, l->uri, LV2_CORE__project);
  if (!project) {
    lint_say(l, "there is none");
    return;
  }
  want_text(l, project, DOAP "name", 4);
  want_text(l, project, DOAP "maintainer", 4);
}

/* Of the plugin's or of its project's maintainer. */
static const char *
of_author(lint *l, const char *predicate)
{
  const LilvNode *project = lint_object(l, l->uri, LV2_CORE__project);
  const LilvNode *author = lint_object(l, project ? project : l->uri, DOAP "maintainer");
  return author ? lint_text(l, author, predicate) : "";
}

static void
check_author_name(lint *l)
{
  if (!*of_author(l, FOAF "name")) {
    lint_say(l, "there is none");
  }
}

static void
check_author_mailbox(lint *l)
{
  const char *mailbox = of_author(l, FOAF "mbox");
  if (strncmp(mailbox, "mailto:", 7) != 0 || !strchr(mailbox, '@')) {
    lint_say(l, "'%s' is no mailto: address", mailbox);
  }
}

static void
check_author_homepage(lint *l)
{
  const char *page = of_author(l, FOAF "homepage");
  if (strncmp(page, "https://", 8) != 0 && strncmp(page, "http://", 7) != 0) {
    lint_say(l, "'%s' is no http address", page);
  }
}

/* Even and over 0: a release. */
static void
check_versions(lint *l)
{
  const char *const which[] = {LV2_CORE__minorVersion, LV2_CORE__microVersion, NULL};
  for (uint32_t i = 0; which[i]; i++) {
    const LilvNode *node = lint_object(l, l->uri, which[i]);
    const int v = node && lilv_node_is_int(node) ? lilv_node_as_int(node) : -1;
    if (v <= 0 || v % 2) {
      lint_say(l, "%s is %d, neither even nor over 0", which[i], v);
    }
  }
}

static void
check_class(lint *l)
{
  const LilvNode *class = lilv_plugin_class_get_uri(lilv_plugin_get_class(l->plugin));
  if (strcmp(lilv_node_as_uri(class), LV2_CORE__AnalyserPlugin) != 0) {
    lint_say(l, "it is %s, not lv2:AnalyserPlugin", lilv_node_as_uri(class));
  }
}

/* Only what the code uses, so that nothing is promised in vain. */
static const char *const known_features[] = {
    LV2_URID__map,
    LV2_WORKER__schedule,
    LV2_STATE__threadSafeRestore,
    LV2_LOG__log,
    LV2_CORE__hardRTCapable,
    LV2_CORE__isLive,
    "http://harrisonconsoles.com/lv2/inlinedisplay#queue_draw",
    NULL};

static void
check_features(lint *l)
{
  const LilvNodes *required = lint_objects(l, l->uri, LV2_CORE__requiredFeature);
  LILV_FOREACH(nodes, i, required)
  {
    lint_say(l, "%s is required: hosts without it cannot load the plugin",
             lilv_node_as_string(lilv_nodes_get(required, i)));
  }
  const LilvNodes *optional = lint_objects(l, l->uri, LV2_CORE__optionalFeature);
  LILV_FOREACH(nodes, i, optional)
  {
    const char *feature = lilv_node_as_string(lilv_nodes_get(optional, i));
    if (!lint_one_of(feature, known_features)) {
      lint_say(l, "%s is optional but nothing uses it", feature);
    }
  }
}

static void
want_feature(lint *l, const char *feature)
{
  if (!lint_is(l, l->uri, LV2_CORE__optionalFeature, feature)) {
    lint_say(l, "%s is not listed", feature);
  }
}

static void
check_map(lint *l)
{
  want_feature(l, LV2_URID__map);
}

static void
check_hard_rt(lint *l)
{
  want_feature(l, LV2_CORE__hardRTCapable);
}

static void
check_is_live(lint *l)
{
  want_feature(l, LV2_CORE__isLive);
}

static void
check_in_place(lint *l)
{
  const char *const kinds[] = {LV2_CORE__requiredFeature, LV2_CORE__optionalFeature,
                               NULL};
  for (uint32_t i = 0; kinds[i]; i++) {
    if (lint_is(l, l->uri, kinds[i], LV2_CORE__inPlaceBroken)) {
      lint_say(l, "it says that it cannot work in place");
    }
  }
}

static void
check_block_length(lint *l)
{
  const char *const kinds[] = {LV2_CORE__requiredFeature, LV2_CORE__optionalFeature,
                               NULL};
  const char *const bad[] = {LV2_BUF_SIZE__fixedBlockLength,
                             LV2_BUF_SIZE__powerOf2BlockLength,
                             LV2_BUF_SIZE__coarseBlockLength, NULL};
  for (uint32_t i = 0; kinds[i]; i++) {
    for (uint32_t j = 0; bad[j]; j++) {
      if (lint_is(l, l->uri, kinds[i], bad[j])) {
        lint_say(l, "%s: blocks of any length must do", bad[j]);
      }
    }
  }
}

static void
check_comment(lint *l)
{
  want_text(l, l->uri, RDFS "comment", 100);
}

static void
check_shortdesc(lint *l)
{
  want_text(l, l->uri, DOAP "shortdesc", 20);
}

/* Messages can come in and go out. */
static void
check_patch(lint *l)
{
  const char *const way[] = {LV2_CORE__InputPort, LV2_CORE__OutputPort};
  for (uint32_t w = 0; w < 2; w++) {
    bool found = false;
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(l->plugin); i++) {
      const LilvNode *port = lint_port_node(l, i);
      found |= lint_port_is(l, i, way[w]) && lint_port_is(l, i, LV2_ATOM__AtomPort) &&
               lint_is(l, port, LV2_ATOM__supports, LV2_PATCH__Message) &&
               lint_is(l, port, LV2_ATOM__bufferType, LV2_ATOM__Sequence) &&
               lint_is(l, port, LV2_CORE__designation, LV2_CORE__control);
    }
    if (!found) {
      lint_say(l, "no atom %s for patch:Message is designated lv2:control", way[w]);
    }
  }
}

const lint_check lint_metadata_checks[] = {{"verify", check_verify},
                                           {"name", check_name},
                                           {"license", check_license},
                                           {"author name", check_author_name},
                                           {"author mailbox", check_author_mailbox},
                                           {"author homepage", check_author_homepage},
                                           {"versions", check_versions},
                                           {"project", check_project},
                                           {"class", check_class},
                                           {"features", check_features},
                                           {"urid:map", check_map},
                                           {"hardRTCapable", check_hard_rt},
                                           {"isLive", check_is_live},
                                           {"in place", check_in_place},
                                           {"block length", check_block_length},
                                           {"comment", check_comment},
                                           {"shortdesc", check_shortdesc},
                                           {"patch", check_patch},
                                           {NULL, NULL}};
