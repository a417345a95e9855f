/* SPDX-License-Identifier: ISC */
/* State and worker do what LV2 asks, whatever a host offers, leaves out or makes up.

   usage: test_lv2_restore BUNDLE */
#include "lv2_ask.h"
#include "state_props.h"

#include <lv2/state/state.h>
#include <lv2/worker/worker.h>

static const LV2_State_Interface *
state_of(host *h)
{
  return lilv_instance_get_extension_data(host_instance(h), LV2_STATE__interface);
}

static void
restore_props(host *h, props *p)
{
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, p, 0, NULL), 0);
  settle(h);
}

static void
save_props(host *h, props *p)
{
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  p->n = 0;
  assert_int_equal(state_of(h)->save(handle, props_store, p, 0, NULL), 0);
}

static void
without_features_paths_are_saved_plain(void **state)
{
  (void)state;
  static props p, again;
  host *h = host_here();
  const char *path = put_toy("own.safetensors", 1, true);
  ask(h, EARSHOT_HARSHNESS_MODEL, path);
  save_props(h, &p);
  assert_int_equal(p.n, 4);
  assert_string_equal(p.at[0].value, path);
  assert_int_equal(p.at[0].type, host_urid(LV2_ATOM__Path));
  ask(h, EARSHOT_HARSHNESS_MODEL, "");
  restore_props(h, &p);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  save_props(h, &again);
  assert_true(props_equal(&p, &again));
  host_free(h);
}

static void
strange_properties_are_passed_over(void **state)
{
  (void)state;
  static props p;
  static char longest[PROP_SIZE];
  host *h = host_here();
  const LV2_URID model = host_urid(EARSHOT_HARSHNESS_MODEL);
  const LV2_URID path_type = host_urid(LV2_ATOM__Path),
                 text = host_urid(LV2_ATOM__String);
  const LV2_URID version = host_urid(EARSHOT_STATE_VERSION);
  const LV2_URID number = host_urid(LV2_ATOM__Int);
  char path[PATH_MAX];
  strcpy(path, put_toy("own.safetensors", 1, true));
  const int32_t newer = 99;
  snprintf(longest, sizeof longest, "%s, and more", path);
  props_set(&p, model, path_type, longest, strlen(longest));
  props_set(&p, model, path_type, path, strlen(path)); /* without its end */
  props_set(&p, version, number, &newer, sizeof newer);
  props_set(&p, host_urid("urn:unknown"), number, &newer, sizeof newer);
  props_set(&p, host_urid(EARSHOT_HARSHNESS_NAME), number, &newer, sizeof newer);
  restore_props(h, &p);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  memset(longest, 'x', sizeof longest);
  longest[0] = '/';
  const struct {
    LV2_URID type;
    const void *value;
    size_t size;
  } wrong[] = {{number, &newer, sizeof newer},
               {text, path, strlen(path) + 1},
               {path_type, longest, PROP_SIZE},
               {path_type, "", 1},
               {path_type, "", 0}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    ask(h, EARSHOT_HARSHNESS_MODEL, path);
    assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
    props_set(&p, model, wrong[i].type, wrong[i].value, wrong[i].size);
    restore_props(h, &p);
    assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  }
  longest[4095] = '\0'; /* the longest path there can be */
  props_set(&p, model, path_type, longest, 4096);
  restore_props(h, &p);
  assert_status(h, SLOT_REFUSED, SLOT_BUILT_IN);
  assert_string_equal(host_told(h, EARSHOT_HARSHNESS_MODEL), longest);
  props_drop(&p, model);
  restore_props(h, &p);
  assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  host_free(h);
}

static void
a_preset_of_port_values_alone_leaves_the_models(void **state)
{
  (void)state;
  static props nothing, defaults;
  const int32_t version = 1;
  host *h = host_here();
  ask(h, EARSHOT_HARSHNESS_MODEL, put_toy("own.safetensors", 1, true));
  nothing.n = 0;
  restore_props(h, &nothing);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  props_set(&defaults, host_urid(EARSHOT_STATE_VERSION), host_urid(LV2_ATOM__Int),
            &version, sizeof version); /* as a save of the built-in models */
  restore_props(h, &defaults);
  assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  host_free(h);
}

static LV2_State_Status
store_nothing(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
              uint32_t type, uint32_t flags)
{
  (void)handle, (void)value, (void)size, (void)type, (void)flags;
  fail_msg("stored under %u", key);
  return LV2_STATE_ERR_UNKNOWN;
}

static void
without_urid_map_save_succeeds_and_restore_declines(void **state)
{
  (void)state;
  static props p;
  host *h = host_new("mono", 48000, HOST_NOTHING);
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  assert_int_equal(state_of(h)->save(handle, store_nothing, NULL, 0, NULL), 0);
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, NULL),
                   LV2_STATE_ERR_NO_FEATURE);
  host_run(h, 64);
  assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  host_free(h);
}

static void
without_analysis_the_state_is_kept(void **state)
{
  (void)state;
  static props p, again;
  const char *path = put_toy("own.safetensors", 1, true);
  host *h = host_here();
  ask(h, EARSHOT_HARSHNESS_MODEL, path);
  save_props(h, &p);
  host_free(h);
  h = host_new("stereo", 1000, HOST_ALL); /* Hz */
  restore_props(h, &p);
  assert_status(h, SLOT_NOT_READY, SLOT_NOT_READY);
  save_props(h, &again);
  assert_true(props_equal(&p, &again));
  host_free(h);
}

static void
strange_messages_to_the_worker_are_declined(void **state)
{
  (void)state;
  host *h = host_here();
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  const LV2_Worker_Interface *worker =
      lilv_instance_get_extension_data(host_instance(h), LV2_WORKER__interface);
  const struct {
    uint32_t slot, request, path_size;
    char path[8];
  } message[] = {
      {2, 1, 2, "a"}, {0, 1, 5, "a"}, {0, 1, 1, "a"}, {0, 1, 0, "a"}, {0, 1, 2, "ab"}};
  for (size_t i = 0; i < sizeof message / sizeof *message; ++i) {
    assert_int_not_equal(worker->work(handle, NULL, NULL, 14, &message[i]), 0);
  }
  assert_int_not_equal(worker->work(handle, NULL, NULL, 0, NULL), 0);
  assert_int_not_equal(worker->work(handle, NULL, NULL, 11, &message[0]), 0);
  assert_int_equal(worker->work_response(handle, 0, NULL), 0);
  assert_int_equal(worker->end_run(handle), 0);
  settle(h);
  assert_status(h, SLOT_BUILT_IN, SLOT_BUILT_IN);
  host_free(h);
}

/* ---- paths through the host ---- */

/* A host that keeps paths under other names, and counts what it gave. */
static struct {
  int n_given, n_back;
  bool fails;
} desk;

static char *
rename_path(LV2_State_Map_Path_Handle handle, const char *path)
{
  char *given = NULL;
  assert_ptr_equal(handle, &desk);
  if (desk.fails) {
    return NULL;
  }
  ++desk.n_given;
  if (*path == '/') {
    assert_true(asprintf(&given, "kept:%s", path) > 0);
    return given;
  }
  assert_memory_equal(path, "kept:", 5);
  return strdup(path + 5);
}

static void
take_back(LV2_State_Free_Path_Handle handle, char *path)
{
  assert_ptr_equal(handle, &desk);
  ++desk.n_back;
  free(path);
}

static void
paths_go_through_the_host_and_back_to_it(void **state)
{
  (void)state;
  static props p, again;
  LV2_State_Map_Path map = {&desk, rename_path, rename_path};
  LV2_State_Free_Path free_path = {&desk, take_back};
  const LV2_Feature map_feature = {LV2_STATE__mapPath, &map};
  const LV2_Feature free_feature = {LV2_STATE__freePath, &free_path};
  const LV2_Feature *const both[] = {&map_feature, &free_feature, NULL};
  host *h = host_here();
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  const char *path = put_toy("own.safetensors", 1, true);
  ask(h, EARSHOT_HARSHNESS_MODEL, path);
  p.n = 0;
  assert_int_equal(state_of(h)->save(handle, props_store, &p, 0, both), 0);
  assert_memory_equal(p.at[0].value, "kept:/", 6);
  ask(h, EARSHOT_HARSHNESS_MODEL, "");
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, both), 0);
  settle(h);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  save_props(h, &again);
  assert_string_equal(again.at[0].value, path);
  assert_true(desk.n_given == 2 && desk.n_back == 2);
  const LV2_Feature *const old[] = {&map_feature, NULL}; /* from before freePath */
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, old), 0);
  settle(h);
  assert_status(h, SLOT_OWN, SLOT_BUILT_IN);
  desk.fails = true; /* then a plain path is better than none */
  p.n = 0;
  assert_int_equal(state_of(h)->save(handle, props_store, &p, 0, both), 0);
  assert_true(props_equal(&p, &again));
  host_free(h);
}

/* Whether a model's hash is saved right now: it was loaded. */
static bool
is_loaded(host *h)
{
  static props now;
  save_props(h, &now);
  bool loaded = false;
  for (uint32_t i = 0; i < now.n; ++i) {
    loaded |= now.at[i].key == host_urid(EARSHOT_HARSHNESS_HASH);
  }
  return loaded;
}

static LV2_Worker_Status
note_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  (void)size, (void)data;
  ++*(int *)handle;
  return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status
refuse_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  note_work(handle, size, data);
  return LV2_WORKER_ERR_NO_SPACE;
}

static void
restore_loads_by_the_schedule_it_was_given_or_at_once(void **state)
{
  (void)state;
  static props p;
  int n_noted = 0;
  host *h = host_here();
  LV2_Handle handle = lilv_instance_get_handle(host_instance(h));
  const char *path = put_toy("own.safetensors", 1, true);
  props_set(&p, host_urid(EARSHOT_HARSHNESS_MODEL), host_urid(LV2_ATOM__Path), path,
            strlen(path) + 1);
  LV2_Worker_Schedule schedule = {&n_noted, note_work};
  const LV2_Feature feature = {LV2_WORKER__schedule, &schedule};
  const LV2_Feature *const given[] = {&feature, NULL};
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, given), 0);
  assert_int_equal(n_noted, N_SLOTS);
  assert_false(is_loaded(h));
  host_run(h, 64);
  assert_status(h, SLOT_LOADING, SLOT_LOADING);
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, NULL), 0);
  assert_int_equal(n_noted, N_SLOTS);
  assert_true(is_loaded(h));
  schedule.schedule_work = refuse_work;
  ask(h, EARSHOT_HARSHNESS_MODEL, "");
  assert_false(is_loaded(h));
  assert_int_equal(state_of(h)->restore(handle, props_retrieve, &p, 0, given), 0);
  assert_int_equal(n_noted, 2 * N_SLOTS);
  assert_true(is_loaded(h));
  host_free(h);
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      ask_test(without_features_paths_are_saved_plain),
      ask_test(strange_properties_are_passed_over),
      ask_test(a_preset_of_port_values_alone_leaves_the_models),
      ask_test(without_urid_map_save_succeeds_and_restore_declines),
      ask_test(without_analysis_the_state_is_kept),
      ask_test(strange_messages_to_the_worker_are_declined),
      ask_test(paths_go_through_the_host_and_back_to_it),
      ask_test(restore_loads_by_the_schedule_it_was_given_or_at_once),
  };
  if (argc < 2) {
    return 1;
  }
  host_open(argv[1]);
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  host_close();
  return n_failed;
}
