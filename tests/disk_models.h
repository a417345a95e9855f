/* SPDX-License-Identifier: ISC */
/* Toy models as files, and files that are no models. */
#ifndef EAR_TESTS_DISK_MODELS_H
#define EAR_TESTS_DISK_MODELS_H

#include "folder.h"

#include <stdbool.h>

/* The toy model of that seed at path, and its SHA-256 as the engine sees it. */
void save_toy(const char *path, uint32_t seed, bool harshness);
void toy_hash(const char *path, char hash[65]);

/* Something at path that is no model, in place of what was there; a sentence on it has
   bad_word in it. */
enum { N_BAD = 9 };
extern const char *const bad_word[N_BAD];
void save_bad(const char *path, int kind);

off_t size_of(const char *path);
void flip_bit(const char *path, off_t at);
void make_large(const char *path, off_t size);
void copy_file(const char *from, const char *to);

/* The model of that seed at folder/name; returns the path. */
static inline const char *
put_toy(const char *name, uint32_t seed, bool harshness)
{
  const char *path = folder_path(name);
  save_toy(path, seed, harshness);
  return path;
}

#endif
