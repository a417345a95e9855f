/* SPDX-License-Identifier: ISC */
/* Toys differ by their seeds; every one has 2 labels for harshness and 4 else. */
#include "disk_models.h"

#include "model.h"
#include "toy_model.h"

#include <fcntl.h>
#include <unistd.h>

void
save_toy(const char *path, uint32_t seed, bool harshness)
{
  const toy t = {.seed = seed, .n_labels = harshness ? 2 : 4, .harshness = harshness};
  ear_model *model = toy_model(&t);
  ear_error err;
  assert_int_equal(ear_model_save(ear_model_spec_get(model), path, &err), EAR_OK);
  ear_model_unref(model);
}

void
toy_hash(const char *path, char hash[65])
{
  ear_model *model;
  assert_int_equal(ear_model_open(&model, path, NULL), EAR_OK);
  memcpy(hash, ear_model_info_get(model)->sha256, 65);
  ear_model_unref(model);
}

off_t
size_of(const char *path)
{
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  return info.st_size;
}

void
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

static void
write_file(const char *path, const char *text)
{
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
}

void
make_large(const char *path, off_t size)
{
  write_file(path, "");
  assert_int_equal(truncate(path, size), 0);
}

void
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

enum { CUT, CUT_SHORT, FLIPPED, TEXT, EMPTY, LARGE, FOLDER, PIPE, LOOP };

const char *const bad_word[N_BAD] = {[CUT] = "",
                                     [CUT_SHORT] = "",
                                     [FLIPPED] = "damaged",
                                     [TEXT] = "",
                                     [EMPTY] = "",
                                     [LARGE] = "16 MiB",
                                     [FOLDER] = "not a regular file",
                                     [PIPE] = "not a regular file",
                                     [LOOP] = "many"};

void
save_bad(const char *path, int kind)
{
  remove(path);
  if (kind <= FLIPPED) {
    save_toy(path, 1, true);
    if (kind == FLIPPED) {
      flip_bit(path, size_of(path) - 10);
    } else {
      assert_int_equal(truncate(path, kind == CUT ? size_of(path) - 1 : 100), 0);
    }
  } else if (kind == TEXT || kind == EMPTY) {
    write_file(path, kind == TEXT ? "I am no model." : "");
  } else if (kind == LARGE) {
    make_large(path, 20 << 20);
  } else {
    assert_int_equal(kind == FOLDER ? mkdir(path, 0777)
                     : kind == PIPE ? mkfifo(path, 0666)
                                    : symlink(path, path),
                     0);
  }
}
