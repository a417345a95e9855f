/* SPDX-License-Identifier: ISC */
/* A result is made without the lock and handed over under it, and only if nothing newer
   was put meanwhile: so what is saved, what is offered and what is held change together.
   While a result waits to be taken the model before it is held too: it still runs. */
#include "slot_parts.h"

#include "shelf.h"
#include "slot_text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(SLOT_PATH_SIZE >= PATH_MAX, "realpath writes up to PATH_MAX bytes");

static const char *const task[N_SLOTS] = {"harshness", "classifier"};

/* What one slot_load works on. */
typedef struct {
  slot_result *result; /* made so far */
  slot_saying saying;
  slot_memo asked;  /* as it was put */
  slot_memo memo;   /* the same until a file is found: as it is to be saved */
  ear_model *model; /* held: what is to run; NULL: what runs now */
  ear_error err;    /* why the file asked for does not run */
} job;

/* NULL is fine, and so is a list. */
static void
discard(slot_result *result)
{
  while (result) {
    slot_result *next = result->next;
    ear_live_part_free(result->part);
    free(result);
    result = next;
  }
}

static void
describe(slot_result *result, const ear_model *model)
{
  const ear_model_info *info = ear_model_info_get(model);
  snprintf(result->model, sizeof result->model, "%s", info->name);
  result->front_end = info->front_end;
  result->column_s = ear_column_s(&info->front_end);
  result->n_rows = info->n_rows;
  memcpy(result->row_low_hz, info->row_low_hz, sizeof result->row_low_hz);
  memcpy(result->row_high_hz, info->row_high_hz, sizeof result->row_high_hz);
  result->n_labels = info->n_labels;
  for (uint32_t i = 0; i < info->n_labels; ++i) {
    snprintf(result->label[i], sizeof result->label[i], "%s", info->label[i]);
  }
  result->flag = ear_flag_config_default(model);
  result->threshold = 1;
  for (uint32_t i = 0; i < info->n_labels; ++i) {
    result->threshold = fminf(result->threshold, result->flag.threshold[i]);
  }
}

slot *
slot_new(uint32_t which, ear_model *builtin)
{
  slot *sl = calloc(1, sizeof *sl);
  slot_result *result = calloc(1, sizeof *result);
  if (!sl || !result || pthread_mutex_init(&sl->lock, NULL)) {
    free(sl);
    free(result);
    return NULL;
  }
  sl->which = which;
  sl->builtin = shelf_hold(builtin);
  sl->taken = shelf_hold(builtin);
  sl->offered = shelf_hold(builtin);
  atomic_init(&sl->n_requests, 0);
  atomic_init(&sl->ready, result);
  atomic_init(&sl->returned, NULL);
  describe(result, builtin);
  slot_set_live(sl, NULL);
  return sl;
}

void
slot_free(slot *sl)
{
  if (!sl) {
    return;
  }
  discard(atomic_load(&sl->ready));
  discard(atomic_load(&sl->returned));
  shelf_release(sl->offered);
  shelf_release(sl->taken);
  shelf_release(sl->builtin);
  pthread_mutex_destroy(&sl->lock);
  free(sl);
}

void
slot_set_live(slot *sl, const ear_live *live)
{
  slot_result *result = atomic_load(&sl->ready);
  sl->live = live;
  result->status = live ? SLOT_BUILT_IN : SLOT_NOT_READY;
  slot_say(result->text, sizeof result->text,
           live ? SLOT_SAYS_BUILT_IN : SLOT_SAYS_NO_ANALYSIS, "", "", "",
           ear_model_info_get(sl->builtin)->name);
}

/* What is offered no more was taken, and runs.  Locked. */
static void
settle(slot *sl)
{
  if (sl->taken != sl->offered &&
      !atomic_load_explicit(&sl->ready, memory_order_acquire)) {
    shelf_release(sl->taken);
    sl->taken = shelf_hold(sl->offered);
  }
}

void
slot_tidy(slot *sl)
{
  pthread_mutex_lock(&sl->lock);
  settle(sl);
  pthread_mutex_unlock(&sl->lock);
  discard(atomic_exchange_explicit(&sl->returned, NULL, memory_order_acq_rel));
}

void
slot_put(slot *sl, uint32_t number, const slot_memo *memo)
{
  pthread_mutex_lock(&sl->lock);
  if ((int32_t)(number - sl->put) > 0) { /* also after 2^32 requests */
    sl->put = number;
    sl->memo = *memo->path ? *memo : (slot_memo){.path = ""};
  }
  pthread_mutex_unlock(&sl->lock);
}

void
slot_get_memo(slot *sl, slot_memo *memo)
{
  pthread_mutex_lock(&sl->lock);
  *memo = sl->memo;
  pthread_mutex_unlock(&sl->lock);
}

/* The engine's sentence without the path in front, which may be longer than all its room.
 */
static void
drop_path(ear_error *err, ear_status st, const char *path)
{
  const size_t n = strlen(path), n_text = strlen(err->text);
  if (n_text > n + 2 && !strncmp(err->text, path, n)) {
    memmove(err->text, err->text + n + 2, n_text - n - 1);
  } else if (!strncmp(err->text, path, n_text)) {
    snprintf(err->text, sizeof err->text, "%s", ear_strerror(st));
  }
}

/* The model at path if it is one for this slot; else false, and err says why. */
static bool
open_fitting(const slot *sl, ear_model **model, const char *path, ear_error *err)
{
  const ear_status st = shelf_open(model, path, err);
  if (st) {
    drop_path(err, st, path);
    return false;
  }
  if (!strcmp(ear_model_info_get(*model)->task, task[sl->which])) {
    return true;
  }
  shelf_release(*model);
  *model = NULL;
  snprintf(err->text, sizeof err->text, "%s",
           sl->which == SLOT_HARSHNESS
               ? "this model names kinds of music: load it as classifier model"
               : "this model judges harshness: load it as harshness model");
  return false;
}

static const char *
file_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* The model opened at `at` is to run. */
static void
accept(job *j, const char *at, slot_saying saying)
{
  j->result->status = SLOT_OWN;
  j->saying = saying;
  if (!realpath(at, j->result->path)) {
    snprintf(j->result->path, sizeof j->result->path, "%s", at);
  }
}

/* Save what was opened at `at`, from now on: by the name that the host gave it, which may
   be a link of its own. */
static void
adopt(job *j, const char *at)
{
  const char *absolute = *at == '/' ? at : j->result->path;
  memmove(j->memo.path, absolute, strlen(absolute) + 1);
  snprintf(j->memo.hash, sizeof j->memo.hash, "%s", ear_model_info_get(j->model)->sha256);
  snprintf(j->memo.name, sizeof j->memo.name, "%.255s", file_name(j->result->path));
}

static bool
has_saved_bytes(const job *j)
{
  return !strcmp(j->asked.hash, ear_model_info_get(j->model)->sha256);
}

/* The same bytes elsewhere, or another file of that name, stand in for a missing one. */
static bool
open_instead(const slot *sl, job *j)
{
  char found[SLOT_PATH_SIZE];
  const char *name = *j->asked.name ? j->asked.name : file_name(j->asked.path);
  if (!shelf_find(found, sizeof found, j->asked.hash, name) ||
      !open_fitting(sl, &j->model, found, &j->err)) {
    return false;
  }
  if (has_saved_bytes(j)) {
    accept(j, found, SLOT_SAYS_FOUND);
    adopt(j, found);
  } else {
    accept(j, found, *j->asked.hash ? SLOT_SAYS_STAND_IN : SLOT_SAYS_FOUND);
  }
  return true;
}

/* The file asked for, or one in its place. */
static bool
open_asked(const slot *sl, job *j)
{
  struct stat info;
  if (open_fitting(sl, &j->model, j->asked.path, &j->err)) {
    accept(j, j->asked.path,
           *j->asked.hash && !has_saved_bytes(j) ? SLOT_SAYS_CHANGED : SLOT_SAYS_OWN);
    adopt(j, j->asked.path);
    return true;
  }
  if (!stat(j->asked.path, &info) || (errno != ENOENT && errno != ENOTDIR)) {
    j->result->status = SLOT_REFUSED;
    j->saying = SLOT_SAYS_REFUSED;
    return false;
  }
  if (open_instead(sl, j)) {
    return true;
  }
  j->result->status = SLOT_MISSING;
  j->saying = SLOT_SAYS_MISSING;
  return false;
}

static void
choose(const slot *sl, job *j)
{
  const bool asked = *j->asked.path;
  if (sl->live && asked && open_asked(sl, j)) {
    return;
  }
  snprintf(j->result->path, sizeof j->result->path, "%s", j->asked.path);
  j->model = shelf_hold(sl->builtin);
  if (!sl->live) {
    j->result->status = SLOT_NOT_READY;
    j->saying = SLOT_SAYS_NO_ANALYSIS;
  } else if (!asked) {
    j->result->status = SLOT_BUILT_IN;
    j->saying = SLOT_SAYS_BUILT_IN;
  }
}

/* Whether `model` is sure to run when the next result is made: as long as a newer request
   is not put, in which case this one is of no consequence, only the taker can change
   that, by taking what is offered. */
static bool
will_run(slot *sl, const ear_model *model)
{
  pthread_mutex_lock(&sl->lock);
  settle(sl);
  const bool runs = model == sl->offered && model == sl->taken;
  pthread_mutex_unlock(&sl->lock);
  return runs;
}

static void
make_part(slot *sl, job *j)
{
  if (!sl->live || will_run(sl, j->model) ||
      !ear_live_part_new(&j->result->part, sl->live, sl->which, j->model, &j->err)) {
    return;
  }
  shelf_release(j->model);
  j->model = NULL;
  j->result->status = SLOT_REFUSED;
  j->saying = SLOT_SAYS_UNCHANGED;
}

/* Hand over the result.  Locked, and it is the newest. */
static slot_result *
offer(slot *sl, job *j)
{
  slot_result *untaken = atomic_exchange_explicit(&sl->ready, NULL, memory_order_acq_rel);
  if (!untaken) {
    settle(sl);
  }
  shelf_release(sl->offered);
  sl->offered = j->model ? j->model : shelf_hold(sl->taken);
  if (sl->offered == sl->taken) {
    ear_live_part_free(j->result->part);
    j->result->part = NULL;
  }
  describe(j->result, sl->offered);
  slot_say(j->result->text, sizeof j->result->text, j->saying, j->asked.path,
           j->result->path, j->err.text, ear_model_info_get(sl->offered)->name);
  sl->memo = j->memo;
  atomic_store_explicit(&sl->ready, j->result, memory_order_release);
  return untaken;
}

/* Whether `number` is the newest; memo is what was put with it. */
static bool
is_newest(slot *sl, uint32_t number, slot_memo *memo)
{
  pthread_mutex_lock(&sl->lock);
  const bool newest = sl->put == number;
  *memo = sl->memo;
  pthread_mutex_unlock(&sl->lock);
  return newest;
}

void
slot_load(slot *sl, uint32_t number)
{
  slot_tidy(sl);
  job *j = calloc(1, sizeof *j); /* 9 KiB: not on a host's stack */
  slot_result *result = calloc(1, sizeof *result);
  if (!j || !result || !is_newest(sl, number, &j->asked)) {
    free(j);
    free(result);
    return;
  }
  j->result = result;
  j->memo = j->asked;
  result->request = number;
  choose(sl, j);
  make_part(sl, j);
  pthread_mutex_lock(&sl->lock);
  if (sl->put == number) {
    result = offer(sl, j);
  } else {
    shelf_release(j->model);
  }
  pthread_mutex_unlock(&sl->lock);
  discard(result);
  free(j);
}
