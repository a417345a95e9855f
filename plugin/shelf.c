/* SPDX-License-Identifier: ISC */
/* A model is on the shelf exactly as long as it has holders: the first holder's model is
   put there, the last one's release takes it off, in the same moment under one lock.
   Files are read and checked outside the lock, and whoever comes second with the same
   bytes gives his own copy back. */
#include "shelf.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct book {
  struct book *next;
  ear_model *model; /* one reference for all holders */
  size_t n_holders;
  char builtin[32]; /* name, "" if it was never asked for as a built-in model */
} book;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static book *first;

static ear_status
no_memory(ear_error *err)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "not enough memory for another model");
  }
  return EAR_NO_MEMORY;
}

/* The model of these bytes, or of that built-in name (either may be NULL), with one more
   holder; NULL if there is none.  Locked. */
static book *
find(const char *hash, const char *builtin)
{
  for (book *b = first; b; b = b->next) {
    if ((hash && !strcmp(ear_model_info_get(b->model)->sha256, hash)) ||
        (builtin && *b->builtin && !strcmp(b->builtin, builtin))) {
      ++b->n_holders;
      return b;
    }
  }
  return NULL;
}

static ear_model *
take(const char *hash, const char *builtin)
{
  pthread_mutex_lock(&lock);
  const book *b = find(hash, builtin);
  pthread_mutex_unlock(&lock);
  return b ? b->model : NULL;
}

/* Put a new model there, or give it back if one of the same bytes came meanwhile. */
static ear_status
put(ear_model **model, const char *builtin, ear_error *err)
{
  book *own = calloc(1, sizeof *own);
  if (!own) {
    ear_model_unref(*model);
    *model = NULL;
    return no_memory(err);
  }
  pthread_mutex_lock(&lock);
  book *b = find(ear_model_info_get(*model)->sha256, NULL);
  if (!b) {
    *own = (book){.next = first, .model = *model, .n_holders = 1};
    b = first = own;
  }
  if (*builtin) {
    snprintf(b->builtin, sizeof b->builtin, "%s", builtin);
  }
  ear_model *mine = *model;
  *model = b->model;
  pthread_mutex_unlock(&lock);
  if (*model != mine) {
    ear_model_unref(mine);
    free(own);
  }
  return EAR_OK;
}

ear_status
shelf_builtin(ear_model **model, const char *name, ear_error *err)
{
  *model = take(NULL, name);
  if (*model) {
    return EAR_OK;
  }
  const ear_status st = ear_model_builtin(model, name, err);
  return st ? st : put(model, name, err);
}

ear_status
shelf_open(ear_model **model, const char *path, ear_error *err)
{
  char hash[65];
  *model = shelf_hash(path, hash) ? take(hash, NULL) : NULL;
  if (*model) {
    return EAR_OK;
  }
  const ear_status st = ear_model_open(model, path, err);
  return st ? st : put(model, "", err);
}

ear_model *
shelf_hold(ear_model *model)
{
  return take(ear_model_info_get(model)->sha256, NULL);
}

void
shelf_release(ear_model *model)
{
  book *unread = NULL;
  pthread_mutex_lock(&lock);
  for (book **at = &first; model && *at; at = &(*at)->next) {
    if ((*at)->model == model) {
      if (!--(*at)->n_holders) {
        unread = *at;
        *at = unread->next;
      }
      break;
    }
  }
  pthread_mutex_unlock(&lock);
  if (unread) {
    ear_model_unref(unread->model);
    free(unread);
  }
}

size_t
shelf_n_models(void)
{
  size_t n = 0;
  pthread_mutex_lock(&lock);
  for (const book *b = first; b; b = b->next) {
    ++n;
  }
  pthread_mutex_unlock(&lock);
  return n;
}
