/* SPDX-License-Identifier: ISC */
/* Model paths go in and come out as patch messages; whatever bytes the atom ports hold,
   nothing is read or written beyond them, and a newer request always wins.

   usage: test_lv2_messages BUNDLE [full] */
#include "disk_models.h"
#include "folder.h"
#include "lv2_host.h"

#include <lv2/patch/patch.h>
#include <sys/mman.h>
#include <unistd.h>

#define URI "https://earshot.audio/lv2/earshot#"
#define HARSHNESS URI "harshnessModel"
#define HARSHNESS_TEXT URI "harshnessText"
#define CLASSIFIER URI "classifierModel"
#define CLASSIFIER_TEXT URI "classifierText"
#define CLASS_LABEL URI "classLabel"

enum { N_PROPERTIES = 5 };
static const char *const properties[N_PROPERTIES] = {
    HARSHNESS, CLASSIFIER, HARSHNESS_TEXT, CLASSIFIER_TEXT, CLASS_LABEL};

static const char *bundle;
static bool full;

static void
run(host *h, int n_times)
{
  for (int i = 0; i < n_times; ++i) {
    host_run(h, 64);
  }
}

static void
the_first_run_tells_what_runs(void **state)
{
  (void)state;
  host *h = host_new("stereo", 44100, HOST_ALL);
  run(h, 3);
  for (int i = 0; i < N_PROPERTIES; ++i) {
    assert_int_equal(host_n_told(h, properties[i]), 1);
  }
  assert_string_equal(host_told(h, HARSHNESS), "");
  assert_string_equal(host_told(h, CLASSIFIER), "");
  assert_non_null(strstr(host_told(h, HARSHNESS_TEXT), "built-in"));
  assert_non_null(strstr(host_told(h, CLASSIFIER_TEXT), "built-in"));
  assert_string_equal(host_told(h, CLASS_LABEL), "");
  assert_int_equal(host_n_state_changed(h), 0);
  host_free(h);
}

static void
get_answers_what_was_asked_for(void **state)
{
  (void)state;
  host *h = host_new("mono", 44100, HOST_ALL);
  run(h, 1);
  host_send_get(h, NULL);
  run(h, 2);
  for (int i = 0; i < N_PROPERTIES; ++i) {
    assert_int_equal(host_n_told(h, properties[i]), 2);
  }
  for (int i = 0; i < N_PROPERTIES; ++i) {
    host_send_get(h, properties[i]);
    run(h, 2);
    for (int k = 0; k < N_PROPERTIES; ++k) {
      assert_int_equal(host_n_told(h, properties[k]), k <= i ? 3 : 2);
    }
  }
  host_send_get(h, "http://somebody.else/property");
  run(h, 2);
  for (int i = 0; i < N_PROPERTIES; ++i) {
    assert_int_equal(host_n_told(h, properties[i]), 3);
  }
  host_free(h);
}

static void
set_loads_the_model_and_tells_so(void **state)
{
  (void)state;
  const char *path = put_toy("own.safetensors", 5, true);
  host *h = host_new("stereo", 44100, HOST_ALL);
  run(h, 1);
  host_send_path(h, HARSHNESS, path);
  run(h, 1);
  assert_true(host_get(h, "harshness_status") == 2); /* loading */
  assert_true(host_get(h, "classifier_status") == 0);
  run(h, 1);
  assert_true(host_get(h, "harshness_status") == 1);
  assert_string_equal(host_told(h, HARSHNESS), path);
  assert_non_null(strstr(host_told(h, HARSHNESS_TEXT), "own.safetensors"));
  assert_int_equal(host_n_state_changed(h), 1);
  host_send_path(h, HARSHNESS, "");
  run(h, 2);
  assert_true(host_get(h, "harshness_status") == 0);
  assert_string_equal(host_told(h, HARSHNESS), "");
  assert_int_equal(host_n_state_changed(h), 2);
  assert_int_equal(host_n_told(h, CLASSIFIER), 1);
  host_free(h);
}

static void
a_missing_or_bad_file_keeps_its_path_and_says_why(void **state)
{
  (void)state;
  folder_put("bad.safetensors", "this is no model");
  const char *missing = folder_path("missing.safetensors");
  const char *bad = folder_path("bad.safetensors");
  host *h = host_new("stereo", 44100, HOST_ALL);
  host_send_path(h, CLASSIFIER, missing);
  run(h, 2);
  assert_true(host_get(h, "classifier_status") == 3);
  assert_string_equal(host_told(h, CLASSIFIER), missing);
  host_send_path(h, CLASSIFIER, bad);
  run(h, 2);
  assert_true(host_get(h, "classifier_status") == 4);
  assert_string_equal(host_told(h, CLASSIFIER), bad);
  assert_true(strlen(host_told(h, CLASSIFIER_TEXT)) > 20);
  assert_int_equal(host_n_state_changed(h), 2);
  host_free(h);
}

static void
the_newest_path_wins_when_the_worker_is_full(void **state)
{
  (void)state;
  const char *old = put_toy("old.safetensors", 6, true);
  const char *new = put_toy("new.safetensors", 7, true);
  host *h = host_new("stereo", 44100, HOST_ALL);
  run(h, 1);
  host_refuse_work(h, 20);
  host_send_path(h, HARSHNESS, old);
  run(h, 5);
  host_send_path(h, HARSHNESS, old);
  host_send_path(h, HARSHNESS, new);
  run(h, 5);
  assert_true(host_get(h, "harshness_status") == 2);
  assert_int_equal(host_n_told(h, HARSHNESS), 1);
  run(h, 20);
  assert_true(host_get(h, "harshness_status") == 1);
  assert_string_equal(host_told(h, HARSHNESS), new);
  assert_int_equal(host_n_told(h, HARSHNESS), 2); /* never the old one */
  assert_int_equal(host_n_state_changed(h), 1);
  host_free(h);
}

/* Without a worker a path is answered with what runs, and the reason. */
static void
set_without_worker_changes_nothing_and_says_why(void **state)
{
  (void)state;
  host *h = host_new("stereo", 44100, HOST_MAP);
  run(h, 1);
  host_send_path(h, HARSHNESS, put_toy("own.safetensors", 5, true));
  run(h, 3);
  assert_true(host_get(h, "harshness_status") == 0);
  assert_int_equal(host_n_told(h, HARSHNESS), 2);
  assert_string_equal(host_told(h, HARSHNESS), "");
  assert_non_null(strstr(host_told(h, HARSHNESS_TEXT), "worker"));
  assert_int_equal(host_n_state_changed(h), 0);
  host_free(h);
}

/* ---- strange messages ---- */

static LV2_Atom *
new_set(const char *property, const char *type, const void *value, uint32_t size)
{
  struct {
    LV2_Atom_Object object;
    LV2_Atom_Property_Body property;
    LV2_URID property_urid, pad;
    LV2_Atom_Property_Body value;
  } *set = calloc(1, sizeof *set + size + 8);
  set->object.body.otype = host_urid(LV2_PATCH__Set);
  set->property.key = host_urid(LV2_PATCH__property);
  set->property.value = (LV2_Atom){sizeof(LV2_URID), host_urid(LV2_ATOM__URID)};
  set->property_urid = host_urid(property);
  set->value.key = host_urid(LV2_PATCH__value);
  set->value.value = (LV2_Atom){size, host_urid(type)};
  memcpy(set + 1, value, size);
  set->object.atom.type = host_urid(LV2_ATOM__Object);
  set->object.atom.size = (uint32_t)(sizeof *set - sizeof(LV2_Atom) + (size + 7) / 8 * 8);
  return &set->object.atom;
}

static void
send_set(host *h, const char *property, const char *type, const void *value,
         uint32_t size)
{
  LV2_Atom *set = new_set(property, type, value, size);
  host_send(h, set);
  free(set);
}

static void
a_path_that_is_none_is_refused_with_a_sentence(void **state)
{
  (void)state;
  static char text[5000];
  memset(text, 'x', sizeof text);
  const struct {
    const char *type;
    uint32_t size;
    const char *word;
  } cases[] = {{LV2_ATOM__Path, 100, "no path"}, /* without its end */
               {LV2_ATOM__Int, 4, "no path"},    /* not text */
               {LV2_ATOM__Path, 4096, "4095"},   /* too long by its end */
               {LV2_ATOM__Path, 5000, "4095"},
               {LV2_ATOM__String, 5000, "4095"}};
  host *h = host_new("stereo", 44100, HOST_ALL);
  run(h, 1);
  for (uint32_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    send_set(h, CLASSIFIER, cases[i].type, text, cases[i].size);
    run(h, 3);
    assert_true(host_get(h, "classifier_status") == 0);
    assert_int_equal(host_n_told(h, CLASSIFIER_TEXT), i + 2);
    assert_non_null(strstr(host_told(h, CLASSIFIER_TEXT), cases[i].word));
    assert_string_equal(host_told(h, CLASSIFIER), "");
  }
  assert_int_equal(host_n_state_changed(h), 0);
  /* the longest there is, text as type, no bytes at all: paths like others */
  text[4095] = '\0';
  send_set(h, CLASSIFIER, LV2_ATOM__String, text, 4096);
  run(h, 2);
  assert_true(host_get(h, "classifier_status") >= 3);
  assert_string_equal(host_told(h, CLASSIFIER), text);
  send_set(h, CLASSIFIER, LV2_ATOM__Path, "", 0);
  run(h, 2);
  assert_true(host_get(h, "classifier_status") == 0);
  assert_non_null(strstr(host_told(h, CLASSIFIER_TEXT), "built-in"));
  host_free(h);
}

/* A control sequence that ends where the memory does. */
typedef struct {
  uint8_t *pages;
  size_t n_pages, page;
} cliff;

static cliff
cliff_new(void)
{
  cliff c = {.page = (size_t)sysconf(_SC_PAGESIZE)};
  c.n_pages = c.page * 3;
  c.pages =
      mmap(NULL, c.n_pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(c.pages != MAP_FAILED);
  assert_int_equal(mprotect(c.pages + 2 * c.page, c.page, PROT_NONE), 0);
  return c;
}

/* A patch:Get whose property has no bytes, where the memory ends. */
static void
an_empty_urid_is_none(void **state)
{
  (void)state;
  cliff c = cliff_new();
  const struct {
    LV2_Atom_Sequence sequence;
    LV2_Atom_Event event;
    LV2_Atom_Object_Body object;
    LV2_Atom_Property_Body property;
  } get = {{{sizeof get - sizeof(LV2_Atom), host_urid(LV2_ATOM__Sequence)}, {0, 0}},
           {{0}, {sizeof get.object + sizeof get.property, host_urid(LV2_ATOM__Object)}},
           {0, host_urid(LV2_PATCH__Get)},
           {host_urid(LV2_PATCH__property), 0, {0, host_urid(LV2_ATOM__URID)}}};
  host *h = host_new("mono", 44100, HOST_ALL);
  host_connect(h, "control", memcpy(c.pages + 2 * c.page - sizeof get, &get, sizeof get));
  run(h, 2);
  host_connect(h, "control", host_control(h));
  host_free(h);
  munmap(c.pages, c.n_pages);
}

/* Whole messages with a few of their bytes changed, sizes above all. */
static void
spoil(uint8_t *bytes, size_t n)
{
  static const uint32_t size[] = {0,          1,          7,          8,         15,
                                  16,         17,         24,         64,        4096,
                                  0x7fffffff, 0xffffffff, 0xfffffff8, 0xfffffff0};
  for (int k = rand() % 4; k >= 0; --k) {
    if (rand() % 2) {
      bytes[8 + (size_t)rand() % (n - 8)] ^= (uint8_t)(1 << rand() % 8);
    } else {
      const uint32_t other = size[(size_t)rand() % (sizeof size / sizeof *size)];
      memcpy(bytes + 8 + (size_t)rand() % (n / 4 - 2) * 4, &other, sizeof other);
    }
  }
}

static void
nothing_is_read_beyond_the_sequence(void **state)
{
  (void)state;
  cliff c = cliff_new();
  host *h = host_new("mono", 44100, HOST_ALL);
  const char *path = folder_path("nothing_here.safetensors");
  for (int i = 0; i < (full ? 1000000 : 20000); ++i) {
    LV2_Atom_Sequence *sequence = host_control(h);
    if (i % 3) {
      host_send_get(h, i % 2 ? HARSHNESS : NULL);
    }
    host_send_path(h, i % 2 ? HARSHNESS : CLASSIFIER, path);
    size_t n = sizeof(LV2_Atom) + sequence->atom.size;
    uint8_t *at = c.pages + 2 * c.page - n;
    memcpy(at, sequence, n);
    spoil(at, n);
    if (rand() % 4 == 0) { /* cut short, at the end of the memory too */
      const size_t kept = 8 + (size_t)rand() % (n / 8 - 1) * 8;
      memmove(at + n - kept, at, kept);
      at += n - kept;
      n = kept;
    }
    const uint32_t size = (uint32_t)(n - sizeof(LV2_Atom)), less = (uint32_t)rand() % 8;
    ((LV2_Atom *)(void *)at)->size = size - (rand() % 4 || less > size ? 0 : less);
    host_connect(h, "control", at);
    host_run(h, 1);
    host_connect(h, "control", sequence);
  }
  host_send_path(h, HARSHNESS, "");
  host_send_path(h, CLASSIFIER, "");
  run(h, 3);
  assert_true(host_get(h, "harshness_status") == 0);
  assert_true(host_get(h, "classifier_status") == 0);
  host_free(h);
  munmap(c.pages, c.n_pages);
}

/* The room that the host gives is never passed, and what did not fit comes later. */
static void
messages_wait_for_room(void **state)
{
  (void)state;
  static char path[3000];
  memset(path, 'y', sizeof path - 1);
  path[0] = '/';
  host *h = host_new("stereo", 44100, HOST_ALL);
  for (uint32_t room = 0; room < 8000; room += room < 300 ? 1 : 97) {
    host_set_room(h, HOST_ATOMS - 8);
    run(h, 1);
    host_send_path(h, HARSHNESS, rand() % 2 ? path : "");
    host_send_path(h, CLASSIFIER, rand() % 2 ? path : "");
    run(h, 1);
    host_set_room(h, room);
    const uint32_t n_told = host_n_told(h, HARSHNESS);
    host_send_get(h, NULL);
    run(h, 2);
    const uint32_t n_told_early = host_n_told(h, HARSHNESS);
    host_set_room(h, HOST_ATOMS - 8);
    run(h, 1);
    assert_true(host_n_told(h, HARSHNESS) > n_told);
    assert_true(room < 7000 || n_told_early > n_told);
    assert_true(room > 64 || n_told_early == n_told);
  }
  host_free(h);
}

static int
start(void **state)
{
  host_open(bundle);
  return folder_make(state);
}

static int
stop(void **state)
{
  host_close();
  return folder_remove(state);
}

int
main(int argc, char **argv)
{
  bundle = argc > 1 ? argv[1] : NULL;
  full = argc > 2 && !strcmp(argv[2], "full");
  srand(11);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_run_tells_what_runs),
      cmocka_unit_test(get_answers_what_was_asked_for),
      cmocka_unit_test(set_loads_the_model_and_tells_so),
      cmocka_unit_test(a_missing_or_bad_file_keeps_its_path_and_says_why),
      cmocka_unit_test(the_newest_path_wins_when_the_worker_is_full),
      cmocka_unit_test(set_without_worker_changes_nothing_and_says_why),
      cmocka_unit_test(a_path_that_is_none_is_refused_with_a_sentence),
      cmocka_unit_test(an_empty_urid_is_none),
      cmocka_unit_test(nothing_is_read_beyond_the_sequence),
      cmocka_unit_test(messages_wait_for_room),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
