/* SPDX-License-Identifier: ISC */
/* A file whose digests are right but whose content breaks the profile is refused with a
   sentence that names the fault; opening and saving fail cleanly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builtin.h"
#include "small_model.h"
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/inotify.h>
#endif
#include <unistd.h>

/* The small model's file, taken apart. */
typedef struct {
  uint8_t *bytes;
  json_t *header, *metadata;
  const uint8_t *payload;
  size_t n, n_payload;
} parts;

static parts
take_apart(void)
{
  parts p;
  p.bytes = small_model_bytes(&p.n);
  p.header = small_split(p.bytes, p.n, &p.payload, &p.n_payload);
  p.metadata = json_object_get(p.header, "__metadata__");
  return p;
}

static void
discard(parts *p)
{
  json_decref(p->header);
  free(p->bytes);
}

/* The file made of p is refused with a sentence that has `word` in it. */
static void
refused(parts *p, bool seal, const char *word)
{
  size_t n;
  ear_model *model;
  ear_error err = {""};
  uint8_t *bytes = small_join(p->header, p->payload, p->n_payload, seal, &n);
  assert_int_equal(ear_model_parse(&model, bytes, n, &err), EAR_BAD_MODEL);
  assert_null(model);
  if (!strstr(err.text, word)) {
    fail_msg("\"%s\" does not say \"%s\"", err.text, word);
  }
  free(bytes);
  discard(p);
}

/* In metadata `key`, the first `from` becomes `to`. */
static void
edited(const char *key, const char *from, const char *to, const char *word)
{
  parts p = take_apart();
  char text[4096];
  const char *old = json_string_value(json_object_get(p.metadata, key));
  const char *at = strstr(old, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
  assert_int_equal(json_object_set_new(p.metadata, key, json_string(text)), 0);
  refused(&p, true, word);
}

static void
faults_in_metadata_are_named(void **state)
{
  (void)state;
  edited("format", "earshot", "eyesight", "not an Earshot model");
  edited("format_version", "1", "3", "model format 3, but this program knows up to 2");
  edited("format_version", "1", "3\x1b[2J", "model format 3 [2J,"); /* no escape */
  edited("labels", "clean", "\\u001b[2J", "thresholds: \" [2J\"");
  edited("format_version", "1", "one", "format_version");
  edited("front_end", "22050.0", "\"a\"", "rate");
  edited("front_end", "\"hop\":512", "\"hop\":-1", "hop");
  edited("front_end", "\"hop\":512", "\"hop\":512,\"hop\":512", "duplicate");
  edited("front_end", "\"hop\":512", "\"hop\":512,\"skip\":1", "front_end");
  edited("front_end", "\"hop\":512,", "", "hop");
  edited("front_end", "slaney", "bark", "scale");
  edited("front_end", "{", "{\"features\":[],", "features");
  edited("front_end", "{", "{\"features\":\"mel\",", "features");
  edited("front_end", "{", "{\"features\":[\"mel\",\"mel\"],", "features");
  edited("front_end", "{", "{\"features\":[\"chroma\",\"mel\"],", "features");
  edited("front_end", "{", "{\"features\":[\"mel\",\"smell\"],", "features");
  edited("front_end", "{", "{\"features\":[\"mel\",4],", "features");
  edited("front_end", "{", "{\"features\":[\"mel\",\"mfcc\"],", "\"mfcc\"");
  edited("front_end", "{", "{\"features\":[\"mel\"],\"mfcc\":3,", "ignores");
  edited(
      "front_end", "{", "{\"features\":[\"mel\",\"chroma\"],",
      "format_version is 1, but its features, layers, margin or heads are of format 2");
  edited("layers", "[", "[{\"op\":\"summary\",\"kernel\":[4,1],\"stride\":[1,1]},",
         "format_version is 1");
  edited("front_end", "\"input_zero_point\":128", "\"input_zero_point\":300",
         "zero_point");
  edited("layers", "conv", "convolve", "layer 0: \"op\"");
  edited("layers", "[2,3]", "[2,3,1]", "kernel");
  edited("layers", "\"stride\":[1,1]", "\"stride\":[1,1],\"groups\":2", "layer 0");
  edited("layers", "\"relu\":true", "\"relu\":1", "relu");
  edited("layers", "\"from\":0", "\"from\":2", "layer 2 (add)");
  edited("layers", "[", "[{},", "layer 0");
  edited("layers", "[{", "{", "not JSON");
  edited("heads", "[{", "[{},{", "\"activation\"");
  edited("heads", "softmax", "hardmax", "activation");
  edited("labels", "\"clean\"", "7", "label 0");
  edited("labels", "\"clean\",", "", "thresholds");
  edited("labels", "clean", "harsh", "twice");
  edited("thresholds", "\"harsh\"", "\"loud\"", "thresholds: \"harsh\"");
  edited("test_vector", "\"frames\":4", "\"frames\":5", "test_vector");
  edited("test_vector", "\"seed\":2", "\"seed\":3", "outputs that its file promises");
}

static void
missing_and_wrong_metadata_are_refused(void **state)
{
  static const char *const needed[] = {"format",         "format_version", "name",
                                       "task",           "labels",         "front_end",
                                       "layers",         "heads",          "test_vector",
                                       "payload_sha256", "thresholds",     "meta_sha256"};
  (void)state;
  for (size_t i = 0; i < sizeof needed / sizeof needed[0]; ++i) {
    parts p = take_apart();
    json_object_del(p.metadata, needed[i]);
    refused(&p, false,
            i == 0   ? "not an Earshot"
            : i == 1 ? "format_version"
                     : "meta_sha256");
  }
  parts p = take_apart();
  json_object_set_new(p.metadata, "remark", json_integer(4));
  refused(&p, true, "not a string");
  p = take_apart();
  json_object_del(p.header, "__metadata__");
  refused(&p, false, "__metadata__");
  p = take_apart();
  json_object_set_new(p.metadata, "name", json_string("other"));
  refused(&p, false, "meta_sha256");
}

static void
licence_card_and_unknown_metadata_do_not_matter(void **state)
{
  size_t n;
  ear_model *model;
  parts p = take_apart();
  (void)state;
  json_object_del(p.metadata, "license");
  json_object_del(p.metadata, "card");
  json_object_set_new(p.metadata, "remark", json_string("fine"));
  uint8_t *bytes = small_join(p.header, p.payload, p.n_payload, false, &n);
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
  assert_string_equal(ear_model_info_get(model)->card, "");
  ear_model_unref(model);
  free(bytes);
  discard(&p);
}

/* The entry of a tensor, its `field` replaced by a JSON text. */
static void
tensor(const char *name, const char *field, const char *value, const char *word)
{
  parts p = take_apart();
  json_t *entry = json_object_get(p.header, name);
  json_object_set_new(entry, field, json_loads(value, JSON_DECODE_ANY, NULL));
  refused(&p, true, word);
}

static void
faults_in_tensors_are_named(void **state)
{
  (void)state;
  tensor("front.mean", "dtype", "\"F64\"", "I8, I32 or F32");
  tensor("front.mean", "dtype", "\"I32\"", "tensors are not those");
  tensor("front.mean", "shape", "[2,4]", "tensors are not those");
  tensor("front.mean", "shape", "[]", "1 to 4 dimensions");
  tensor("front.mean", "shape", "[1,1,1,1,8]", "1 to 4 dimensions");
  tensor("front.mean", "shape", "[0]", "impossible shape");
  tensor("front.mean", "shape", "[-8]", "impossible shape");
  tensor("front.mean", "shape", "[4294967296,4294967296]", "impossible shape");
  tensor("front.mean", "shape", "[65536,65536,65536,65536]", "impossible shape");
  tensor("front.mean", "shape", "[16777216]", "does not fit the file");
  tensor("front.mean", "data_offsets", "[0,28]", "without a gap");
  tensor("front.mean", "data_offsets", "[4,36]", "without a gap");
  tensor("front.mean", "data_offsets", "[0]", "without a gap");
  tensor("front.mean", "data_offsets", "[0.0,32]", "without a gap");
  tensor("front.mean", "more", "1", "dtype, shape and data_offsets");
  tensor("layer0.weight", "data_offsets", "[0,12]", "without a gap"); /* overlaps */
  tensor("layer0.weight", "shape", "[2,3,2,1]", "tensors are not those");
}

static void
wrong_sets_of_tensors_are_refused(void **state)
{
  parts p = take_apart();
  (void)state;
  json_object_del(p.header, "layer4.scale"); /* the last: the file is then too long */
  refused(&p, true, "end of the file");
  p = take_apart();
  p.n_payload -= 8;
  json_object_del(p.header, "layer4.scale");
  refused(&p, true, "tensors are not those");
  p = take_apart();
  json_t *entry = json_object_get(p.header, "layer4.scale");
  json_object_set(p.header, "extra", entry);
  json_object_del(p.header, "layer4.scale");
  refused(&p, true, "tensors are not those");
  p = take_apart(); /* one tensor more than needed, all else as it should be */
  uint8_t *longer = calloc(1, p.n_payload + 4);
  assert_non_null(longer);
  memcpy(longer, p.payload, p.n_payload);
  p.payload = longer;
  json_object_set_new(p.header, "layer4.more",
                      json_pack("{s:s, s:[i], s:[I, I]}", "dtype", "F32", "shape", 1,
                                "data_offsets", (json_int_t)p.n_payload,
                                (json_int_t)p.n_payload + 4));
  p.n_payload += 4;
  refused(&p, true, "tensors are not those");
  free(longer);
  p = take_apart();
  for (int i = 0; i < 300; ++i) {
    char name[16];
    snprintf(name, sizeof name, "t%d", i);
    json_object_set_new(p.header, name,
                        json_pack("{s:s, s:[i], s:[I, I]}", "dtype", "I8", "shape", 1,
                                  "data_offsets", (json_int_t)p.n_payload + i,
                                  (json_int_t)p.n_payload + i + 1));
  }
  refused(&p, true, "does not fit"); /* a missing payload is seen before the number */
}

static void
absurd_containers_are_refused(void **state)
{
  ear_model *model;
  ear_error err;
  (void)state;
  uint8_t *bytes = calloc(1, (16 << 20) + 1);
  assert_non_null(bytes);
  assert_int_equal(ear_model_parse(&model, bytes, (16 << 20) + 1, &err), EAR_BAD_MODEL);
  assert_non_null(strstr(err.text, "16 MiB"));
  assert_int_equal(ear_model_parse(&model, NULL, 0, &err), EAR_BAD_MODEL);
  memset(bytes, 0xff, 8); /* header of 2^64 - 1 bytes */
  assert_int_equal(ear_model_parse(&model, bytes, 100, &err), EAR_BAD_MODEL);
  memcpy(bytes, "\x01\x00\x01\0\0\0\0\0", 8); /* 64 KiB + 1 */
  assert_int_equal(ear_model_parse(&model, bytes, 16 << 20, &err), EAR_BAD_MODEL);
  assert_non_null(strstr(err.text, "length"));
  memcpy(bytes, "\x00\x00\x01\0\0\0\0\0", 8); /* 64 KiB of deep nesting */
  memset(bytes + 8, '[', 65536);
  assert_int_equal(ear_model_parse(&model, bytes, 16 << 20, &err), EAR_BAD_MODEL);
  memcpy(bytes, "\x02\0\0\0\0\0\0\0[]", 10);
  assert_int_equal(ear_model_parse(&model, bytes, 10, &err), EAR_BAD_MODEL);
  free(bytes);
}

/* A folder for one test, with its path. */
static char folder[] = P_tmpdir "/earshot-test-XXXXXX";

static const char *
in_folder(const char *name)
{
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static uint32_t
n_files(void)
{
  uint32_t n = 0;
  DIR *d = opendir(folder);
  assert_non_null(d);
  while (readdir(d)) {
    ++n;
  }
  closedir(d);
  return n - 2; /* . and .. */
}

static void
not_opened(const char *path, ear_status st, const char *word)
{
  ear_model *model;
  ear_error err = {""};
  assert_int_equal(ear_model_open(&model, path, &err), st);
  assert_null(model);
  assert_non_null(strstr(err.text, path));
  assert_non_null(strstr(err.text, word));
}

static void
files_that_are_no_models_are_refused_by_name(void **state)
{
  (void)state;
  not_opened(in_folder("none"), EAR_IO, "No such file");
  not_opened(folder, EAR_IO, "regular file");
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  not_opened(in_folder("pipe"), EAR_IO, "regular file"); /* and does not wait */
#if defined(__linux__)
  const int watch = inotify_init1(IN_NONBLOCK);
  uint8_t seen[512];
  assert_true(inotify_add_watch(watch, in_folder("pipe"), IN_OPEN) >= 0);
  not_opened(in_folder("pipe"), EAR_IO, "regular file");
  assert_true(read(watch, seen, sizeof seen) < 0); /* to open it may do something */
  close(watch);
#endif
  unlink(in_folder("pipe"));
  FILE *f = fopen(in_folder("large"), "w");
  assert_non_null(f);
  assert_int_equal(ftruncate(fileno(f), (16 << 20) + 1), 0);
  not_opened(in_folder("large"), EAR_BAD_MODEL, "16 MiB");
  assert_int_equal(ftruncate(fileno(f), 0), 0);
  not_opened(in_folder("large"), EAR_BAD_MODEL, "0 bytes");
  fclose(f);
  unlink(in_folder("large"));
}

static void
saving_is_all_or_nothing(void **state)
{
  small_model m;
  ear_model *model;
  ear_error err = {""};
  struct stat info;
  (void)state;
  small_model_make(&m);
  assert_int_equal(ear_model_save(&m.spec, in_folder("m.safetensors"), &err), 0);
  assert_int_equal(ear_model_save(&m.spec, in_folder("m.safetensors"), &err), 0);
  assert_int_equal(n_files(), 1);
  assert_int_equal(stat(in_folder("m.safetensors"), &info), 0);
  assert_int_equal(ear_model_open(&model, in_folder("m.safetensors"), &err), 0);
  ear_model_unref(ear_model_ref(model));
  assert_string_equal(ear_model_info_get(model)->name, "small");
  ear_model_unref(model);

  assert_int_equal(ear_model_save(&m.spec, in_folder("no/m.safetensors"), &err), EAR_IO);
  assert_non_null(strstr(err.text, "no/m.safetensors"));
  const struct rlimit full = {1000, RLIM_INFINITY},
                      free_again = {RLIM_INFINITY, RLIM_INFINITY};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0); /* as a full disk */
  m.spec.card = "A second one.";
  assert_int_equal(ear_model_save(&m.spec, in_folder("m.safetensors"), &err), EAR_IO);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_again), 0);
  assert_non_null(strstr(err.text, "could not be written"));
  assert_int_equal(n_files(), 1); /* no temporary file */
  assert_int_equal(ear_model_open(&model, in_folder("m.safetensors"), &err), 0);
  assert_string_equal(ear_model_info_get(model)->card, "Made by hand."); /* the old one */
  ear_model_unref(model);
  unlink(in_folder("m.safetensors"));
}

static void
unknown_builtins_are_refused_by_name(void **state)
{
  ear_model *model;
  ear_error err = {""};
  (void)state;
  assert_int_equal(ear_model_builtin(&model, "colour", &err), EAR_BAD_ARGUMENT);
  assert_null(model);
  assert_non_null(strstr(err.text, "\"colour\""));
}

/* ear_model_builtin does not hash them again: what it takes for granted is shown here. */
static void
built_in_models_pass_as_files_do_under_the_hash_built_in(void **state)
{
  (void)state;
  for (const ear_builtin *b = ear_builtins; b->name; ++b) {
    ear_model *builtin, *file;
    assert_int_equal(ear_model_builtin(&builtin, b->name, NULL), EAR_OK);
    assert_int_equal(ear_model_parse(&file, b->bytes, b->n_bytes, NULL), EAR_OK);
    assert_string_equal(ear_model_info_get(builtin)->sha256,
                        ear_model_info_get(file)->sha256);
    ear_model_unref(builtin);
    ear_model_unref(file);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faults_in_metadata_are_named),
      cmocka_unit_test(missing_and_wrong_metadata_are_refused),
      cmocka_unit_test(licence_card_and_unknown_metadata_do_not_matter),
      cmocka_unit_test(faults_in_tensors_are_named),
      cmocka_unit_test(wrong_sets_of_tensors_are_refused),
      cmocka_unit_test(absurd_containers_are_refused),
      cmocka_unit_test(files_that_are_no_models_are_refused_by_name),
      cmocka_unit_test(saving_is_all_or_nothing),
      cmocka_unit_test(unknown_builtins_are_refused_by_name),
      cmocka_unit_test(built_in_models_pass_as_files_do_under_the_hash_built_in),
  };
  if (!mkdtemp(folder)) {
    return 1;
  }
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
