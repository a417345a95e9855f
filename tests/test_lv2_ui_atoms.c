/* SPDX-License-Identifier: ISC */
/* What the plugin's window is told may be anything: it reads no byte behind the end of a
   message, and goes on.  Each message here ends where memory ends.

   usage: test_lv2_ui_atoms earshot.so earshot_ui.so (run by test_lv2_ui.sh) */
#include "../plugin/ports.h"
#include "../plugin/wire.h"
#include "ui_stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xlib.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <lv2/ui/ui.h>
#include <math.h>
#include <sys/mman.h>

enum { ROOM = 16 << 10, N_NOISE = 3000 };

static const LV2UI_Descriptor *face;
static const LV2UI_Idle_Interface *idler;
static Display *display;
static LV2UI_Handle ui;
static uint8_t *end; /* of memory */
static LV2_URID transfer;

static void
write_port(LV2UI_Controller controller, uint32_t index, uint32_t size, uint32_t format,
           const void *buffer)
{
  (void)controller, (void)index, (void)size, (void)format, (void)buffer;
}

static void
tell(const void *message, uint32_t size)
{
  uint8_t *at = end - size;
  memcpy(at, message, size);
  face->port_event(ui, PORT_NOTIFY, size, transfer, at);
}

typedef struct {
  LV2_Atom_Object object;
  LV2_Atom_Property_Body property;
} frame;

/* A picture of `size` bytes. */
static void
tell_picture(LV2_URID type, const void *picture, uint32_t size)
{
  static uint64_t room[ROOM / 8];
  frame f = {.property = {.key = stand_uris.picture}};
  f.object.atom =
      (LV2_Atom){(uint32_t)(sizeof f - sizeof(LV2_Atom)) + size, stand_uris.atom_Object};
  f.object.body.otype = type;
  f.property.value = (LV2_Atom){size, stand_uris.atom_Chunk};
  memcpy(room, &f, sizeof f);
  memcpy(room + sizeof f / 8, picture, size);
  tell(room, (uint32_t)sizeof f + size);
}

static void
texts_without_an_end_are_cut(void **state)
{
  static wire_scene scene;
  (void)state;
  memset(&scene, 'A', sizeof scene);
  scene.version = WIRE_VERSION;
  scene.n_labels = EAR_MAX_LABELS;
  tell_picture(stand_uris.Scene, &scene, sizeof scene);
  assert_int_equal(idler->idle(ui), 0);
}

static float
any_float(void)
{
  static const float odd[] = {NAN, INFINITY, -INFINITY, 1e38f, -1e38f, 0, -1, 1e-40f};
  const int i = rand() % 16;
  return i < 8 ? odd[i] : (float)(rand() % 22050);
}

static void
noise_of_any_length_leaves_it_whole(void **state)
{
  static union {
    wire_scene scene;
    wire_columns columns;
    uint8_t byte[sizeof(wire_columns) + sizeof(wire_scene)];
  } u;
  (void)state;
  srand(1);
  for (int i = 0; i < N_NOISE; ++i) {
    for (size_t k = 0; k < sizeof u; ++k) {
      u.byte[k] = (uint8_t)(i % 3 ? rand() : 0);
    }
    const bool scene = rand() % 2;
    const size_t whole = scene ? sizeof u.scene : sizeof u.columns;
    const size_t size = rand() % 3 ? whole : (size_t)rand() % (whole / 8) * 8;
    u.scene.version = WIRE_VERSION; /* the first of both */
    if (scene) {
      u.scene.n_bands = (uint32_t)rand() % (EAR_MAX_BANDS + 2);
      u.scene.low_hz = any_float();
      u.scene.high_hz = any_float();
      u.scene.column_s = any_float();
    } else {
      u.columns.n_columns = (uint32_t)rand() % (WIRE_COLUMNS + 2);
      u.columns.n_bands = (uint32_t)rand() % (EAR_MAX_BANDS + 2);
    }
    tell_picture(scene ? stand_uris.Scene : stand_uris.Columns, &u, (uint32_t)size);
    tell(&u, (uint32_t)(rand() % 25) * 8);
    assert_int_equal(idler->idle(ui), 0);
  }
}

static int
open_it(void **state)
{
  const Window parent =
      XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 900, 600, 0, 0, 0);
  const LV2_Feature in = {LV2_UI__parent, (void *)(uintptr_t)parent},
                    map = {LV2_URID__map, stand_map()};
  const LV2_Feature *const features[] = {&in, &map, NULL};
  LV2UI_Widget widget;
  (void)state;
  XMapWindow(display, parent);
  XSync(display, False);
  ui = face->instantiate(face, EARSHOT_STEREO, "/", write_port, NULL, &widget, features);
  transfer = stand_map()->map(NULL, LV2_ATOM__eventTransfer);
  uint8_t *memory =
      mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  end = memory + ROOM;
  return !ui || memory == MAP_FAILED || mprotect(end, ROOM, PROT_NONE);
}

static int
close_it(void **state)
{
  (void)state;
  face->cleanup(ui);
  return munmap(end - ROOM, 2 * (size_t)ROOM);
}

int
main(int argc, char **argv)
{
  void *library = argc > 2 ? dlopen(argv[2], RTLD_NOW) : NULL;
  const LV2UI_DescriptorFunction describe =
      library ? (LV2UI_DescriptorFunction)dlsym(library, "lv2ui_descriptor") : NULL;
  if (!describe || !(display = XOpenDisplay(NULL))) {
    fprintf(stderr, "usage, with a display: %s earshot.so earshot_ui.so\n", argv[0]);
    return 1;
  }
  stand_open(argv[1]);
  face = describe(0);
  idler = face->extension_data(LV2_UI__idleInterface);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_without_an_end_are_cut),
      cmocka_unit_test(noise_of_any_length_leaves_it_whole),
  };
  return cmocka_run_group_tests(tests, open_it, close_it);
}
