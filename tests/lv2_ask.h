/* SPDX-License-Identifier: ISC */
/* A host that asks for models, for the tests of state and sessions. */
#ifndef EAR_TESTS_LV2_ASK_H
#define EAR_TESTS_LV2_ASK_H

#include "disk_models.h"
#include "lv2_host.h"
#include "slot.h"
#include "uris.h"

/* A folder of its own and no model folders. */
static inline int
ask_setup(void **state)
{
  setenv("XDG_DATA_DIRS", "/nowhere", 1);
  setenv("XDG_DATA_HOME", "/nowhere", 1);
  unsetenv("EARSHOT_MODEL_PATH");
  return folder_make(state);
}

static inline host *
host_here(void)
{
  return host_new("stereo", 48000, HOST_ALL);
}

/* Runs until what was asked for has been answered. */
static inline void
settle(host *h)
{
  for (int i = 0; i < 3; ++i) {
    host_run(h, 64);
  }
}

static inline void
ask(host *h, const char *parameter, const char *path)
{
  host_send_path(h, parameter, path);
  settle(h);
}

static inline void
assert_status(const host *h, int harshness, int classifier)
{
  assert_int_equal((int)host_get(h, "harshness_status"), harshness);
  assert_int_equal((int)host_get(h, "classifier_status"), classifier);
}

#define ask_test(claim) cmocka_unit_test_setup_teardown(claim, ask_setup, folder_remove)

#endif
