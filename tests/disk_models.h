/* SPDX-License-Identifier: ISC */
/* Toy models as files in the test's folder, and ways to spoil them. */
#ifndef EAR_TESTS_DISK_MODELS_H
#define EAR_TESTS_DISK_MODELS_H

#include "folder.h"
#include "model.h"
#include "toy_model.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The model of that seed at folder/name; returns the path. */
static inline const char *
put_toy(const char *name, uint32_t seed, bool harshness)
{
  const toy t = {.seed = seed, .n_labels = harshness ? 2 : 4, .harshness = harshness};
  ear_model *model = toy_model(&t);
  const char *path = folder_path(name);
  ear_error err;
  assert_int_equal(ear_model_save(ear_model_spec_get(model), path, &err), EAR_OK);
  ear_model_unref(model);
  return path;
}

/* SHA-256 of the model file at path, as the engine sees it. */
static inline void
toy_hash(const char *path, char hash[65])
{
  ear_model *model;
  assert_int_equal(ear_model_open(&model, path, NULL), EAR_OK);
  memcpy(hash, ear_model_info_get(model)->sha256, 65);
  ear_model_unref(model);
}

static inline off_t
size_of(const char *path)
{
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  return info.st_size;
}

static inline void
flip_bit(const char *path, off_t at)
{
  unsigned char byte;
  const int fd = open(path, O_RDWR);
  assert_true(fd >= 0);
  assert_int_equal(pread(fd, &byte, 1, at), 1);
  byte ^= 1;
  assert_int_equal(pwrite(fd, &byte, 1, at), 1);
  close(fd);
}

static inline void
make_large(const char *path, off_t size)
{
  const int fd = open(path, O_RDWR | O_CREAT, 0666);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, size), 0);
  close(fd);
}

static inline void
copy_file(const char *from, const char *to)
{
  static char bytes[1 << 20];
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_non_null(in);
  assert_non_null(out);
  const size_t n = fread(bytes, 1, sizeof bytes, in);
  assert_true(n > 0 && n < sizeof bytes);
  assert_int_equal(fwrite(bytes, 1, n, out), n);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

#endif
