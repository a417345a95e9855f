/* SPDX-License-Identifier: ISC */
/* A plugin that breaks every rule about binaries and interfaces; with LINT_BARREN one
   that cannot be instantiated. */
#include <lilv/lilv.h>
#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>
#include <string.h>
#include <unistd.h>

#include "../plugin/uris.h"

LV2_SYMBOL_EXPORT void shown_by_mistake(void);

void
shown_by_mistake(void)
{
  lilv_free(NULL);
  if (fork() == 0) {
    _exit(0);
  }
}

static LV2_Handle
instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
            const LV2_Feature *const *features)
{
  (void)descriptor, (void)rate, (void)bundle, (void)features;
#ifdef LINT_BARREN
  return NULL;
#else
  static int handle;
  return &handle;
#endif
}

static void
connect_port(LV2_Handle instance, uint32_t port, void *data)
{
  (void)instance, (void)port, (void)data;
}

static void
run(LV2_Handle instance, uint32_t n)
{
  (void)instance, (void)n;
}

static void
cleanup(LV2_Handle instance)
{
  (void)instance;
}

/* No state, a worker without end_run, and something for whatever else is asked. */
static const void *
extension_data(const char *uri)
{
  static const LV2_Worker_Interface worker = {NULL, NULL, NULL};
  return strstr(uri, "state") ? NULL : &worker;
}

const LV2_Descriptor *
lv2_descriptor(uint32_t index)
{
  static const LV2_Descriptor both[] = {
      {EARSHOT_MONO, instantiate, connect_port, NULL, run, NULL, cleanup, extension_data},
      {EARSHOT_STEREO, instantiate, connect_port, NULL, run, NULL, cleanup,
       extension_data}};
  return index < 2 ? &both[index] : NULL;
}
