/* SPDX-License-Identifier: ISC */
/* The same data draw the same pixels, in every theme and scale, and stay in their box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "golden_list.h"
#include "view_world.h"

static const char *const mode_name[VIEW_N_MODES] = {"light", "dark"};

static double smallest_px = 1e9; /* asked for since last set */

void __real_cairo_set_font_size(cairo_t *cr, double size);
void __wrap_cairo_set_font_size(cairo_t *cr, double size);
void
__wrap_cairo_set_font_size(cairo_t *cr, double size)
{
  smallest_px = size < smallest_px ? size : smallest_px;
  __real_cairo_set_font_size(cr, size);
}

static void
line_of(char out[128], const view_scene *s, view_mode mode, int scale, uint64_t hash)
{
  snprintf(out, 128, "%s %s %dx %016llx", s->name, mode_name[mode], scale,
           (unsigned long long)hash);
}

/* A picture that differs is written down to be looked at. */
static void
the_same_data_draw_the_same_pixels(void **state)
{
  (void)state;
  int n_wrong = 0;
  for (int i = 0; i < N_SCENES; ++i) {
    for (int k = 0; k < 4; ++k) {
      char line[128], path[160];
      cairo_surface_t *image = view_scene_image(&view_scenes[i], k & 1, 1 + k / 2);
      assert_int_equal(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
      line_of(line, &view_scenes[i], k & 1, 1 + k / 2, view_hash(image));
      if (!golden_list_has(GOLDEN_DIR "/view.txt", line)) {
        snprintf(path, sizeof path, "view-%s-%s-%d.png", view_scenes[i].name,
                 mode_name[k & 1], 1 + k / 2);
        cairo_surface_write_to_png(image, path);
        print_error("not in view.txt: %s, see %s\n", line, path);
        ++n_wrong;
      }
      cairo_surface_destroy(image);
    }
  }
  assert_int_equal(n_wrong, 0);
}

static uint32_t
pixel(cairo_surface_t *image, int x, int y)
{
  uint32_t v;
  const unsigned char *data = cairo_image_surface_get_data(image);
  memcpy(&v,
         data + (size_t)y * (size_t)cairo_image_surface_get_stride(image) + 4 * (size_t)x,
         sizeof v);
  return v & 0xffffff;
}

static void
nothing_touches_the_edge_of_a_picture(void **state)
{
  (void)state;
  for (int i = 0; i < N_SCENES; ++i) {
    for (int scale = 1; scale <= 3; ++scale) {
      cairo_surface_t *image = view_scene_image(&view_scenes[i], VIEW_DARK, scale);
      const int w = cairo_image_surface_get_width(image);
      const int h = cairo_image_surface_get_height(image);
      const uint32_t ground = pixel(image, 0, 0);
      for (int x = 0; x < w; ++x) {
        for (int y = 0; y < h; y += y == 2 * scale ? h - 4 * scale - 1 : 1) {
          if (pixel(image, x, y) != ground) {
            fail_msg("%s at scale %d has a mark at (%d, %d) of %d x %d",
                     view_scenes[i].name, scale, x, y, w, h);
          }
        }
      }
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; x += x == 2 * scale ? w - 4 * scale - 1 : 1) {
          if (pixel(image, x, y) != ground) {
            fail_msg("%s at scale %d has a mark at (%d, %d) of %d x %d",
                     view_scenes[i].name, scale, x, y, w, h);
          }
        }
      }
      cairo_surface_destroy(image);
    }
  }
}

static void
no_text_is_smaller_than_nine_units(void **state)
{
  (void)state;
  smallest_px = 1e9;
  for (int i = 0; i < N_SCENES; ++i) {
    cairo_surface_destroy(view_scene_image(&view_scenes[i], VIEW_LIGHT, 1));
  }
  assert_true(smallest_px >= 9 && smallest_px < 1e9);
}

/* A scene leaves the context as it found it, and what lies beside its box alone. */
static void
a_scene_paints_its_box_only(void **state)
{
  (void)state;
  for (int i = 0; i < N_SCENES; ++i) {
    const int w = (int)view_scenes[i].w + 40, h = (int)view_scenes[i].h + 40;
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    cairo_t *cr = cairo_create(image);
    cairo_set_source_rgb(cr, 1, 0, 1);
    cairo_paint(cr);
    view_scenes[i].draw(cr, view_theme_get(VIEW_LIGHT),
                        (view_box){20, 20, view_scenes[i].w, view_scenes[i].h});
    assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
    cairo_surface_flush(image);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const bool inside = x >= 20 && x < w - 20 && y >= 20 && y < h - 20;
        assert_true(inside || pixel(image, x, y) == 0xff00ff);
      }
    }
    cairo_destroy(cr);
    cairo_surface_destroy(image);
  }
}

/* The lines of golden/view.txt, for when a change of the look is meant. */
static int
print_golden(void)
{
  for (int i = 0; i < N_SCENES; ++i) {
    for (int k = 0; k < 4; ++k) {
      char line[128];
      cairo_surface_t *image = view_scene_image(&view_scenes[i], k & 1, 1 + k / 2);
      line_of(line, &view_scenes[i], k & 1, 1 + k / 2, view_hash(image));
      puts(line);
      cairo_surface_destroy(image);
    }
  }
  return 0;
}

/* Each scene as FOLDER/NAME.png, for the documentation. */
static int
save_all(const char *folder)
{
  int n_wrong = 0;
  for (int i = 0; i < N_SCENES; ++i) {
    char path[400];
    cairo_surface_t *image = view_scene_image(&view_scenes[i], VIEW_LIGHT, 1);
    snprintf(path, sizeof path, "%s/%s.png", folder, view_scenes[i].name);
    n_wrong += cairo_surface_write_to_png(image, path) != CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(image);
  }
  return n_wrong;
}

int
main(int argc, char **argv)
{
  if (argc > 2 && strcmp(argv[1], "--save") == 0) {
    return save_all(argv[2]);
  }
  if (argc > 1 && strcmp(argv[1], "--print") == 0) {
    return print_golden();
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_data_draw_the_same_pixels),
      cmocka_unit_test(nothing_touches_the_edge_of_a_picture),
      cmocka_unit_test(no_text_is_smaller_than_nine_units),
      cmocka_unit_test(a_scene_paints_its_box_only),
  };
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  cairo_debug_reset_static_data();
  return n_failed;
}
