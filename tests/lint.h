/* SPDX-License-Identifier: ISC */
/* A lint for LV2 bundles, over lilv, nm and readelf.

     bundle -> each plugin in it -> each check -> findings "check: sentence"

   A check is a name and a function that says what is wrong. */
#ifndef TESTS_LINT_H
#define TESTS_LINT_H

#include <lilv/lilv.h>
#include <stdbool.h>
#include <stdint.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"

enum { LINT_MAX_FINDINGS = 128, LINT_MAX_KEPT = 16384, N_LINT_ALL = 7 };

typedef struct {
  LilvWorld *world;
  const LilvPlugin *plugin;
  const LilvNode *uri; /* its */
  char *bundle;        /* folder, ends in a slash */
  char *binary;        /* path */
  const char *check;   /* that is running */
  uint32_t n_findings;
  char finding[LINT_MAX_FINDINGS][384];
  /* freed in the end */
  uint32_t n_kept, n_kept_lists;
  LilvNode *kept[LINT_MAX_KEPT];
  LilvNodes *kept_list[LINT_MAX_KEPT];
} lint;

typedef struct {
  const char *name;
  void (*run)(lint *l);
} lint_check;

/* Ends with an entry without a name. */
extern const lint_check lint_metadata_checks[], lint_interface_checks[],
    lint_binary_checks[], lint_port_checks[], lint_range_checks[], lint_preset_checks[],
    lint_ui_checks[];
extern const lint_check *const lint_all[N_LINT_ALL];

/* All checks (or the one called `only`) on all plugins of `bundle` (a folder, with a
   slash at its end).  `n_runs` tells how many checks ran.  NULL when lilv cannot be
   started. */
lint *lint_run(const char *bundle, const char *only, uint32_t *n_runs);
void lint_free(lint *l);
bool lint_found(const lint *l, const char *check);

/* For checks: findings are dated to the check that runs. */
void lint_say(lint *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Nodes and lists live until lint_free.  Subjects and objects NULL mean any. */
const LilvNode *lint_node(lint *l, const char *uri);
const LilvNodes *lint_objects(lint *l, const LilvNode *subject, const char *predicate);
const LilvNodes *lint_subjects(lint *l, const char *predicate, const LilvNode *object);
const LilvNode *lint_object(lint *l, const LilvNode *subject, const char *predicate);
/* "" if there is none. */
const char *lint_text(lint *l, const LilvNode *subject, const char *predicate);
bool lint_is(lint *l, const LilvNode *subject, const char *predicate, const char *object);

/* Ports: their nodes, and their symbols for sentences. */
const LilvNode *lint_port_node(lint *l, uint32_t index);
const char *lint_symbol(lint *l, uint32_t index);
bool lint_port_is(lint *l, uint32_t index, const char *class);
bool lint_port_has(lint *l, uint32_t index, const char *property);

/* Lines of what a tool prints about `file`, "" when it cannot be run; the caller frees.
 */
char *lint_tool(const char *tool, const char *file);
/* Whether `word` is one of a list that ends with NULL. */
bool lint_one_of(const char *word, const char *const *list);

#endif
