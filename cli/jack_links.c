/* SPDX-License-Identifier: ISC */
/* One entry for each output port ever dealt with, as long as it exists or is waited for:
   a port that has an entry is never connected by a pattern again. */
#include "jack_links.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINKS = 1024 }; /* far more than a server has ports */

typedef struct {
  char *port;
  uint64_t inputs; /* bit i: connected to input i, or to be */
  bool waited_for; /* to be connected as soon as it exists */
  bool exists;
} link_entry;

struct jack_links {
  regex_t pattern[MAX_CONNECT];
  uint32_t n_patterns;
  bool physical; /* no pattern: the hardware's inputs */
  link_entry entry[MAX_LINKS];
  size_t n;
};

jack_links *
jack_links_new(const backend_config *config)
{
  jack_links *links = calloc(1, sizeof *links);
  if (!links) {
    return NULL;
  }
  links->physical = config->n_connect == 0 && !config->no_connect;
  for (uint32_t i = 0; i < config->n_connect; i++) {
    if (regcomp(&links->pattern[i], config->connect[i], REG_EXTENDED | REG_NOSUB) != 0) {
      jack_links_free(links); /* short of memory: the patterns were tried before */
      return NULL;
    }
    links->n_patterns++;
  }
  return links;
}

void
jack_links_free(jack_links *links)
{
  for (uint32_t i = 0; links && i < links->n_patterns; i++) {
    regfree(&links->pattern[i]);
  }
  for (size_t i = 0; links && i < links->n; i++) {
    free(links->entry[i].port);
  }
  free(links);
}

void
jack_links_restore(jack_links *links)
{
  for (size_t i = 0; i < links->n; i++) {
    links->entry[i].waited_for = true;
  }
}

static link_entry *
find(jack_links *links, const char *port)
{
  for (size_t i = 0; i < links->n; i++) {
    if (strcmp(links->entry[i].port, port) == 0) {
      return &links->entry[i];
    }
  }
  return NULL;
}

/* The entry of a port that exists, new or not; NULL if there is no room for it. */
static link_entry *
find_or_add(jack_links *links, const char *port)
{
  link_entry *entry = find(links, port);
  char *name = !entry && links->n < MAX_LINKS ? strdup(port) : NULL;
  if (name) {
    entry = &links->entry[links->n++];
    *entry = (link_entry){.port = name, .exists = true};
  }
  return entry;
}

void
jack_links_new_port(jack_links *links, const char *port)
{
  link_entry *entry = find(links, port);
  if (entry && !entry->waited_for) {
    free(entry->port);
    *entry = links->entry[--links->n];
  }
}

static void
forget_ports_that_went(jack_links *links, const char **ports)
{
  for (size_t i = 0; i < links->n; i++) {
    links->entry[i].exists = false;
  }
  for (size_t i = 0; ports && ports[i]; i++) {
    link_entry *entry = find(links, ports[i]);
    if (entry) {
      entry->exists = true;
    }
  }
  size_t n = 0;
  for (size_t i = 0; i < links->n; i++) {
    if (links->entry[i].exists || links->entry[i].waited_for) {
      links->entry[n++] = links->entry[i];
    } else {
      free(links->entry[i].port);
    }
  }
  links->n = n;
}

/* Does a pattern match the name or one of the two aliases that a port may have? */
static bool
matches(const regex_t *pattern, jack_client_t *client, const char *name)
{
  if (regexec(pattern, name, 0, NULL, 0) == 0) {
    return true;
  }
  const jack_port_t *port = jack_port_by_name(client, name);
  const size_t size = (size_t)jack_port_name_size();
  char *alias[2] = {calloc(1, size), calloc(1, size)};
  const int n = port && alias[0] && alias[1] ? jack_port_get_aliases(port, alias) : 0;
  bool found = false;
  for (int i = 0; i < n; i++) {
    found = found || regexec(pattern, alias[i], 0, NULL, 0) == 0;
  }
  free(alias[0]);
  free(alias[1]);
  return found;
}

/* Is port the first pattern's business, and not an earlier one's? */
static bool
first_match(const jack_links *links, jack_client_t *client, uint32_t p, const char *port)
{
  for (uint32_t earlier = 0; earlier < p; earlier++) {
    if (matches(&links->pattern[earlier], client, port)) {
      return false;
    }
  }
  return matches(&links->pattern[p], client, port);
}

/* The k-th match is for input k; only ports without an entry are new. */
static void
choose(jack_links *links, const char *port, uint32_t k, uint32_t n_inputs)
{
  link_entry *entry = find(links, port) ? NULL : find_or_add(links, port);
  if (entry) {
    entry->inputs = UINT64_C(1) << k % n_inputs;
    entry->waited_for = true;
  }
}

static void
choose_new(jack_links *links, jack_client_t *client, const char **ports, uint32_t n)
{
  uint32_t k = 0;
  for (uint32_t p = 0; p < links->n_patterns; p++) {
    for (size_t i = 0; ports && ports[i]; i++) {
      if (first_match(links, client, p, ports[i])) {
        choose(links, ports[i], k++, n);
      }
    }
  }
  const char **physical = links->physical
                              ? jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE,
                                               JackPortIsOutput | JackPortIsPhysical)
                              : NULL;
  for (; physical && physical[k]; k++) {
    choose(links, physical[k], k, n);
  }
  jack_free(physical);
}

static void
connect_waited_for(jack_links *links, jack_client_t *client, jack_port_t *const *input,
                   uint32_t n)
{
  for (size_t i = 0; i < links->n; i++) {
    link_entry *entry = &links->entry[i];
    if (entry->exists && entry->waited_for) {
      for (uint32_t c = 0; c < n; c++) {
        if (entry->inputs >> c & 1) {
          (void)jack_connect(client, entry->port, jack_port_name(input[c]));
        }
      }
      entry->waited_for = false;
    }
  }
}

static void
note_connections(jack_links *links, jack_client_t *client, jack_port_t *const *input,
                 uint32_t n)
{
  for (size_t i = 0; i < links->n; i++) {
    links->entry[i].inputs = links->entry[i].waited_for ? links->entry[i].inputs : 0;
  }
  for (uint32_t c = 0; c < n; c++) {
    const char **from = jack_port_get_all_connections(client, input[c]);
    for (size_t i = 0; from && from[i]; i++) {
      link_entry *entry = find_or_add(links, from[i]);
      if (entry) {
        entry->inputs |= UINT64_C(1) << c;
      }
    }
    jack_free(from);
  }
}

void
jack_links_update(jack_links *links, jack_client_t *client, jack_port_t *const *input,
                  uint32_t n)
{
  const char **ports =
      jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput);
  forget_ports_that_went(links, ports);
  choose_new(links, client, ports, n);
  connect_waited_for(links, client, input, n);
  note_connections(links, client, input, n);
  jack_free(ports);
}
