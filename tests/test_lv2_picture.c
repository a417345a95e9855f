/* SPDX-License-Identifier: ISC */
/* The plugin tells pictures to a window that watches, and to nobody else; it remembers
   minutes for one that opens later; and it draws itself into a mixer strip.

   usage: test_lv2_picture earshot.so */
#include "ui_stand.h"

#include "folder.h"
#include "model.h"
#include "toy_model.h"

#include <stdbool.h>

static const double rate_hz = 44100;
static wire_scene scene;     /* the newest heard */
static wire_columns columns; /* the same */
static uint32_t n_levels;    /* columns heard in all */
static float loudest_row;

static const void *
chunk_of(const LV2_Atom *atom, uint32_t *size)
{
  const LV2_Atom_Object *object = (const void *)atom;
  const LV2_Atom_Property_Body *property = (const void *)(object + 1);
  *size = property->value.size;
  assert_int_equal(property->key, stand_uris.picture);
  assert_int_equal(property->value.type, stand_uris.atom_Chunk);
  assert_true(sizeof object->body + sizeof *property + *size <= atom->size + 7);
  return property + 1;
}

static void
hear(void *user, const LV2_Atom *atom)
{
  const LV2_URID type = ((const LV2_Atom_Object *)atom)->body.otype;
  uint32_t size;
  (void)user;
  if (type == stand_uris.Scene) {
    memcpy(&scene, chunk_of(atom, &size), sizeof scene);
    assert_int_equal(size, sizeof scene);
    assert_int_equal(scene.version, WIRE_VERSION);
  } else if (type == stand_uris.Columns) {
    const void *data = chunk_of(atom, &size);
    memset(&columns, 0, sizeof columns);
    memcpy(&columns, data, size);
    assert_int_equal(columns.version, WIRE_VERSION);
    assert_int_equal(size, wire_columns_size(columns.n_columns * columns.n_bands));
    n_levels += columns.n_columns;
    for (uint32_t r = 0; r < columns.n_rows; ++r) {
      loudest_row = columns.row[r] > loudest_row ? columns.row[r] : loudest_row;
    }
  }
}

static void
begin(stand *st)
{
  stand_start(st, rate_hz);
  st->hear = hear;
  n_levels = 0;
  loudest_row = 0;
  stand_play(st, 0.5, false);
}

static void
nobody_watches_nothing_is_told(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  stand_play(&st, 5, true);
  assert_int_equal(st.n_scenes + st.n_columns, 0);
  stand_stop(&st);
}

static void
a_window_is_told_all_columns_and_what_they_mean(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  stand_watch(&st, WIRE_OPENED);
  stand_play(&st, 2.5, true);
  assert_int_equal(st.n_scenes, 1);
  assert_true(scene.n_bands > 0 && scene.n_rows > 1 && scene.high_hz > 4000);
  assert_true(scene.threshold > 0 && scene.threshold < 1);
  assert_int_equal(scene.n_labels, 11);
  assert_string_equal(scene.label[7], "metal");
  assert_string_equal(scene.name[0], "harshness");
  assert_in_range(n_levels, 2.3 / (double)scene.column_s, 2.6 / (double)scene.column_s);
  assert_in_range(st.n_columns, 2.3 * 20, 2.6 * 30); /* messages */
  assert_true(columns.heard && !columns.gated && columns.n_labels == 11);
  assert_true(loudest_row > 0);
  stand_stop(&st);
}

static void
a_watch_ends_when_it_is_closed_or_no_one_is_heard(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  stand_watch(&st, WIRE_OPENED);
  stand_play(&st, 1, false);
  stand_watch(&st, WIRE_CLOSED);
  stand_play(&st, 0.1, false);
  uint32_t n = st.n_columns;
  stand_play(&st, 2, false);
  assert_int_equal(st.n_columns, n);
  stand_watch(&st, WIRE_OPEN); /* by a window that is still there */
  stand_play(&st, 3.1, false);
  assert_true(st.n_columns > n + 40 && st.n_scenes == 2);
  n = st.n_columns;
  stand_play(&st, 3, false); /* it crashed */
  assert_int_equal(st.n_columns, n);
  stand_stop(&st);
}

static void
minutes_before_a_window_opened_are_told(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  stand_play(&st, 10, false);
  stand_play(&st, 10, true);
  stand_watch(&st, WIRE_OPENED);
  stand_play(&st, 0.1, true);
  assert_in_range(scene.n_seconds, 19, 21);
  uint32_t before = 0, after = 0;
  for (uint32_t s = 0; s < scene.n_seconds; ++s) {
    *(s < 10 ? &before : &after) += scene.second[s] & 127;
  }
  assert_true(after > before);
  stand_stop(&st);
}

static void
send_model(stand *st, uint32_t which, const char *path)
{
  struct {
    LV2_Atom_Object object;
    LV2_Atom_Property_Body property;
    LV2_URID urid, padding;
    LV2_Atom_Property_Body value;
    char path[256];
  } set = {.urid = stand_uris.model[which]};
  set.object.atom = (LV2_Atom){sizeof set - sizeof(LV2_Atom), stand_uris.atom_Object};
  set.object.body.otype = stand_uris.patch_Set;
  set.property.key = stand_uris.patch_property;
  set.property.value = (LV2_Atom){sizeof(LV2_URID), stand_uris.atom_URID};
  set.value.key = stand_uris.patch_value;
  set.value.value = (LV2_Atom){sizeof set.path, stand_uris.atom_Path};
  snprintf(set.path, sizeof set.path, "%s", path);
  stand_send(st, &set.object.atom);
}

static void
another_model_is_another_scene(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  stand_watch(&st, WIRE_OPENED);
  stand_play(&st, 0.2, true);
  send_model(&st, SLOT_HARSHNESS, "/nowhere/to be found.safetensors");
  stand_play(&st, 0.2, true);
  assert_int_equal(st.n_scenes, 2);
  stand_stop(&st);
}

/* A margin of 1 is more than any music reaches; the built-in model has none. */
static void
a_classifier_that_is_unsure_says_so(void **state)
{
  static stand st;
  const toy kind = {.seed = 3, .n_labels = 4, .unsure = 1};
  ear_model *model = toy_model(&kind);
  const char *path = folder_path("unsure.safetensors");
  (void)state;
  assert_int_equal(ear_model_save(ear_model_spec_get(model), path, NULL), EAR_OK);
  begin(&st);
  stand_watch(&st, WIRE_OPENED);
  stand_play(&st, 2.5, true);
  assert_true(columns.n_labels == 11 && !columns.unsure);
  send_model(&st, SLOT_CLASSIFIER, path);
  stand_play(&st, 2.5, true);
  assert_true(columns.n_labels == 4 && columns.unsure);
  stand_stop(&st);
  ear_model_unref(model);
}

static void
a_message_that_is_none_is_passed_over(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  for (uint32_t size = 0; size < 64; size += 4) {
    uint64_t bytes[16];
    for (uint32_t i = 0; i < 16; ++i) {
      bytes[i] = 0x0101010101010101u * (i + size);
    }
    LV2_Atom_Object *object = (LV2_Atom_Object *)bytes;
    object->atom = (LV2_Atom){size, stand_uris.atom_Object};
    object->body = (LV2_Atom_Object_Body){0, stand_uris.Watch};
    stand_send(&st, &object->atom);
  }
  stand_play(&st, 0.5, false);
  assert_int_equal(st.n_scenes + st.n_columns, 0);
  stand_stop(&st);
}

/* Drawn again when another picture would come of it, ten times a second at most. */
static void
the_strip_is_drawn_when_it_changed(void **state)
{
  static stand st;
  (void)state;
  begin(&st);
  const inline_interface *face = st.descriptor->extension_data(INLINE_DISPLAY_INTERFACE);
  assert_non_null(face);
  stand_play(&st, 4, false);
  const uint32_t before = st.n_draws;
  stand_play(&st, 4, true);
  assert_in_range(st.n_draws - before, 3, 40);
  st.port[PORT_ENABLED] = 0;
  stand_play(&st, 1, true);
  const uint32_t resting = st.n_draws;
  stand_play(&st, 2, true);
  assert_int_equal(st.n_draws, resting);
  const inline_image *image = face->render(st.plugin, 120, 30);
  assert_non_null(image);
  assert_true(image->width == 120 && image->height <= 30 && image->stride >= 480);
  uint32_t first, n_other = 0;
  memcpy(&first, image->data, 4);
  for (int i = 0; i < 120; ++i) {
    uint32_t pixel;
    memcpy(&pixel, image->data + image->height / 2 * image->stride + 4 * i, 4);
    n_other += pixel != first;
    assert_int_equal(pixel >> 24, 255);
  }
  assert_true(n_other > 60);
  assert_null(face->render(st.plugin, 0, 30));
  assert_null(face->render(st.plugin, 120, 0));
  assert_true(face->render(st.plugin, 9, 3)->height == 3);
  stand_stop(&st);
}

int
main(int argc, char **argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: %s earshot.so\n", argv[0]);
    return 1;
  }
  stand_open(argv[1]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_watches_nothing_is_told),
      cmocka_unit_test(a_window_is_told_all_columns_and_what_they_mean),
      cmocka_unit_test(a_watch_ends_when_it_is_closed_or_no_one_is_heard),
      cmocka_unit_test(minutes_before_a_window_opened_are_told),
      cmocka_unit_test(another_model_is_another_scene),
      cmocka_unit_test_setup_teardown(a_classifier_that_is_unsure_says_so, folder_make,
                                      folder_remove),
      cmocka_unit_test(a_message_that_is_none_is_passed_over),
      cmocka_unit_test(the_strip_is_drawn_when_it_changed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
