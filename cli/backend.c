/* SPDX-License-Identifier: ISC */
/* JACK comes first: where a server runs, the devices are its. */
#include "backend.h"

#include <string.h>

static const backend_api *const live[] = {
#ifdef HAVE_JACK
    &backend_jack,
#endif
#ifdef HAVE_PORTAUDIO
    &backend_portaudio,
#endif
    NULL};

const backend_api *
backend_choose(const char *name, const backend_config *config)
{
  if (name && strcmp(name, backend_file.name) == 0) {
    return &backend_file;
  }
  for (size_t i = 0; live[i]; i++) {
    if (name ? strcmp(name, live[i]->name) == 0 : live[i]->answers(config)) {
      return live[i];
    }
  }
  return NULL;
}

bool
backend_is_built(const char *name)
{
  bool found = name && strcmp(name, backend_file.name) == 0;
  for (size_t i = 0; live[i]; i++) {
    found = found || !name || strcmp(name, live[i]->name) == 0;
  }
  return found;
}
