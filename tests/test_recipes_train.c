/* SPDX-License-Identifier: ISC */
/* Every shipped recipe trains from one command, and what it gives is a model that the
   engine judges sounds with; one with heads that only `harshness` teaches is refused. */
#include "folder.h"

#include <math.h>

#include "../train/audio.h"
#include "../train/cmd.h"
#include "../train/recipe.h"
#include "../train/recipe_text.h"
#include "../train/rng.h"

enum { RATE = 22050, SECONDS = 4, PER_CLASS = 5 };

static void
put_sounds(void)
{
  static float x[RATE * SECONDS];
  for (int i = 0; i < 2 * PER_CLASS; ++i) {
    char name[32];
    ear_error err;
    rng r = rng_stream(1, 2, (uint64_t)i);
    for (int n = 0; n < RATE * SECONDS; ++n) {
      x[n] = (float)(0.1 * (i % 2 ? sin(6.2831853 * (200 + 90 * i) * n / RATE)
                                  : rng_normal(&r)));
    }
    const audio a = {
        .x = x, .n_frames = RATE * SECONDS, .n_channels = 1, .rate_hz = RATE};
    snprintf(name, sizeof name, "set/%s/%d.flac", i % 2 ? "tone" : "hiss", i);
    assert_int_equal(audio_write(&a, folder_path(name), &err), EAR_OK);
  }
}

static void
every_shipped_recipe_trains_and_is_judged_by_the_engine(void **state)
{
  (void)state;
  put_sounds();
  for (const recipe_text *t = recipe_texts; t->name; ++t) {
    char root[PATH_MAX], out[PATH_MAX], cache[PATH_MAX], name[128];
    snprintf(name, sizeof name, "%s.safetensors", t->name);
    snprintf(root, sizeof root, "%s", folder_path("set"));
    snprintf(out, sizeof out, "%s", folder_path(name));
    snprintf(cache, sizeof cache, "%s", folder_path("cache"));
    const char *const words[] = {"train", root,       "-o", out,       "--recipe",
                                 t->name, "--epochs", "1",  "--cache", cache};
    char copy[10][PATH_MAX], *argv[11] = {NULL};
    for (int i = 0; i < 10; ++i) {
      snprintf(copy[i], PATH_MAX, "%s", words[i]);
      argv[i] = copy[i];
    }
    print_message("%s\n", t->name);
    recipe r;
    ear_error why;
    assert_int_equal(recipe_read(&r, t->name, &why), EAR_OK);
    if (recipe_n_extra(&r)) {
      assert_int_equal(cmd_train(10, argv), CMD_FAILED);
      continue;
    }
    assert_int_equal(cmd_train(10, argv), CMD_DONE);
    ear_model *model;
    ear_error err = {""};
    if (ear_model_open(&model, out, &err)) {
      fail_msg("%s: %s", t->name, err.text);
    }
    assert_int_equal(ear_model_info_get(model)->n_labels, 2);
    ear_model_unref(model);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_shipped_recipe_trains_and_is_judged_by_the_engine)};
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
