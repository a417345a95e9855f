/* SPDX-License-Identifier: ISC */
/* Every part alive is in the list with its model, under the lock. */
#include "slot_world.h"

#include <semaphore.h>
#include <stdatomic.h>

ear_status __real_ear_live_part_new(ear_live_part **part, const ear_live *live,
                                    uint32_t m, ear_model *model, ear_error *err);
void __real_ear_live_part_free(ear_live_part *part);
ear_status __wrap_ear_live_part_new(ear_live_part **part, const ear_live *live,
                                    uint32_t m, ear_model *model, ear_error *err);
void __wrap_ear_live_part_free(ear_live_part *part);

enum { MAX_PARTS = 64 };

static world the_world;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  ear_live_part *part;
  ear_model *model;
} parts[MAX_PARTS];
static atomic_bool held;
static sem_t is_held, may_go;

static void
list_part(ear_live_part *was, ear_live_part *is, ear_model *model)
{
  pthread_mutex_lock(&lock);
  int i = 0;
  while (i < MAX_PARTS && parts[i].part != was) {
    ++i;
  }
  if (i < MAX_PARTS) {
    parts[i].part = is;
    parts[i].model = model;
    the_world.n_made += !was;
    the_world.n_freed += !is;
  }
  pthread_mutex_unlock(&lock);
  assert_true(i < MAX_PARTS);
}

static ear_model *
model_of(const ear_live_part *part)
{
  ear_model *model = NULL;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MAX_PARTS; ++i) {
    model = parts[i].part == part ? parts[i].model : model;
  }
  pthread_mutex_unlock(&lock);
  assert_non_null(model);
  return model;
}

ear_status
__wrap_ear_live_part_new(ear_live_part **part, const ear_live *live, uint32_t m,
                         ear_model *model, ear_error *err)
{
  *part = NULL;
  if (the_world.refuse_parts) {
    snprintf(err->text, sizeof err->text, "not enough memory");
    return EAR_NO_MEMORY;
  }
  if (atomic_load(&held)) {
    sem_post(&is_held);
    sem_wait(&may_go);
  }
  const ear_status st = __real_ear_live_part_new(part, live, m, model, err);
  if (!st) {
    list_part(NULL, *part, model);
  }
  return st;
}

void
__wrap_ear_live_part_free(ear_live_part *part)
{
  if (part) {
    list_part(part, NULL, NULL);
    __real_ear_live_part_free(part);
  }
}

int
world_new(world **made, const char *in_folder)
{
  ear_analyzer_config config = {.rate_hz = 48000, .n_models = N_SLOTS};
  world *w = *made = &the_world;
  memset(w, 0, sizeof *w);
  memset(parts, 0, sizeof parts);
  static const char *const clear[] = {"EARSHOT_MODEL_PATH", "HOME", "XDG_DATA_HOME"};
  for (size_t i = 0; i < sizeof clear / sizeof *clear; ++i) {
    unsetenv(clear[i]);
  }
  setenv("XDG_DATA_DIRS", "/nowhere", 1);
  strcpy(folder, in_folder);
  if (shelf_builtin(&w->builtin, "harshness", NULL) ||
      ear_model_builtin(&config.model[1], "genre", NULL)) {
    return -1;
  }
  config.model[0] = w->runs = w->builtin;
  for (uint32_t m = 0; m < N_SLOTS; ++m) {
    config.flag[m] = ear_flag_config_default(config.model[m]);
  }
  const ear_status st = ear_live_new(&w->live, &config, 0, NULL);
  ear_model_unref(config.model[1]);
  w->slot = slot_new(SLOT_HARSHNESS, w->builtin);
  if (st || !w->slot) {
    return -1;
  }
  slot_set_live(w->slot, w->live);
  return 0;
}

int
world_end(world *w)
{
  slot_give_back(w->slot, w->result);
  slot_free(w->slot);
  ear_live_part_free(w->in_live);
  ear_live_free(w->live);
  shelf_release(w->builtin);
  slot_free(NULL);
  slot_give_back(NULL, NULL);
  return shelf_n_models() || w->n_made != w->n_freed;
}

void
put(slot *sl, uint32_t number, const char *path)
{
  slot_memo memo = {.path = ""};
  snprintf(memo.path, sizeof memo.path, "%s", path);
  slot_put(sl, number, &memo);
}

void
put_and_load(slot *sl, const char *path, const char *hash, const char *name)
{
  const uint32_t number = slot_request(sl);
  slot_memo memo = {.path = ""};
  snprintf(memo.path, sizeof memo.path, "%s", path);
  snprintf(memo.hash, sizeof memo.hash, "%s", hash);
  snprintf(memo.name, sizeof memo.name, "%s", name);
  slot_put(sl, number, &memo);
  slot_load(sl, number);
}

static void
assert_truth(const world *w)
{
  const slot_result *r = w->result;
  const ear_model_info *info = ear_model_info_get(w->runs);
  char hash[65];
  assert_int_equal(r->n_labels, info->n_labels);
  for (uint32_t i = 0; i < info->n_labels; ++i) {
    assert_string_equal(r->label[i], info->label[i]);
    assert_true(r->flag.threshold[i] == info->threshold[i]);
  }
  if (r->status == SLOT_OWN) {
    assert_true(shelf_hash(r->path, hash));
    assert_string_equal(hash, info->sha256);
  } else if (!strstr(r->text, " runs on.")) {
    assert_ptr_equal(w->runs, w->builtin);
  }
}

const slot_result *
take(world *w)
{
  slot_result *result = slot_take(w->slot);
  if (result) {
    assert_true(!w->result || result->request >= w->result->request);
    if (result->part) {
      w->runs = model_of(result->part);
      ear_live_part_free(w->in_live);
      w->in_live = result->part;
      result->part = NULL;
    }
    slot_give_back(w->slot, w->result);
    w->result = result;
    ++w->n_taken;
    assert_truth(w);
  }
  return w->result;
}

const slot_result *
ask(world *w, const char *path, const char *hash, const char *name)
{
  const int n = w->n_taken;
  put_and_load(w->slot, path, hash, name);
  take(w);
  assert_int_equal(w->n_taken, n + 1);
  return w->result;
}

static void
assert_clean(const char *text)
{
  for (const unsigned char *c = (const unsigned char *)text; *c; ++c) {
    assert_true(*c >= 0x20 && *c != 0x7f);
    for (unsigned int lead = *c; (lead & 0xc0) == 0xc0; lead = lead << 1 & 0xff) {
      ++c;
      assert_int_equal(*c & 0xc0, 0x80);
    }
    assert_true(c[1] == '\0' || (c[1] & 0xc0) != 0x80);
  }
}

void
assert_sentence(const slot_result *r, const char *one, const char *two)
{
  const size_t n = strlen(r->text);
  assert_clean(r->text);
  assert_true(n > 20 && n < sizeof r->text - 1 && r->text[n - 1] == '.');
  if (!strstr(r->text, one) || !strstr(r->text, two)) {
    fail_msg("\"%s\" says nothing of \"%s\" or \"%s\"", r->text, one, two);
  }
}

void
assert_saved(world *w, const char *path, const char *hash, const char *name)
{
  slot_memo memo;
  slot_get_memo(w->slot, &memo);
  assert_string_equal(memo.path, path);
  assert_string_equal(memo.hash, hash);
  assert_string_equal(memo.name, name);
}

void
hold_back_parts(world *w, bool yes)
{
  (void)w;
  if (yes) {
    sem_init(&is_held, 0, 0);
    sem_init(&may_go, 0, 0);
  }
  atomic_store(&held, yes);
}

void
wait_until_held_back(world *w)
{
  (void)w;
  sem_wait(&is_held);
}

void
let_go(world *w)
{
  (void)w;
  sem_post(&may_go);
}

static uint32_t number_to_load;

static void *
load(void *user)
{
  const world *w = user;
  slot_load(w->slot, number_to_load);
  return NULL;
}

pthread_t
load_in_a_thread(world *w, uint32_t number)
{
  pthread_t thread;
  number_to_load = number;
  assert_int_equal(pthread_create(&thread, NULL, load, w), 0);
  return thread;
}
