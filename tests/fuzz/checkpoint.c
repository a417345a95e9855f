/* SPDX-License-Identifier: ISC */
/* A checkpoint whose digest is right but whose content is anybody's: refused with a
   sentence, or a network to begin with. */
#include "seal.h"

#include "../../train/checkpoint.h"
#include "../../train/recipe_parse.h"
#include "../../train/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 40, N_PLACE = 8 };

/* What the readers of a run's checkpoint ask for, whatever its settings. */
static void
take_parts(const char *path)
{
  static const char *const name[] = {"history", "best", "moments", "weights.0", "place"};
  checkpoint *c;
  ear_error err = {""};
  if (checkpoint_open(&c, path, &err)) {
    fuzz_sentence(err.text);
    return;
  }
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    for (int type = CHECKPOINT_U8; type <= CHECKPOINT_F64; ++type) {
      checkpoint_part part = {name[i], (checkpoint_type)type, NULL, 0};
      part.n = checkpoint_size(c, part.name, part.type);
      if (part.n > FUZZ_MOST) {
        fuzz_broken("a part is no larger than its file");
      }
      part.value = malloc(checkpoint_part_bytes(&part) + 1);
      if (part.value && part.n && !checkpoint_take(c, &part)) {
        fuzz_broken("a part can be taken in its size");
      }
      free(part.value);
    }
  }
  checkpoint_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  transfer *t;
  ear_error err = {""};
  const char *path = fuzz_file(data, n);
  take_parts(path);
  if (transfer_open(&t, path, &err)) {
    fuzz_sentence(err.text);
  } else {
    fuzz_taken();
    transfer_free(t);
  }
  return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
  n = LLVMFuzzerMutate(data, n, most);
  if (n >= 32 && seed % 16) {
    seal_put(data + n - 32, data, n - 32);
  }
  return n;
}

typedef struct {
  checkpoint_part part[MOST_PARTS];
  char name[MOST_PARTS][32];
  uint32_t n;
  json_t *settings;
} content;

static void
add(content *c, const char *name, checkpoint_type type, void *value, size_t n)
{
  snprintf(c->name[c->n], sizeof c->name[0], "%s", name);
  c->part[c->n] = (checkpoint_part){c->name[c->n], type, value, n};
  ++c->n;
}

static void
add_setting(void *settings, const char *key, const char *value)
{
  json_object_set_new(settings, key, json_string(value));
}

static void
add_network(content *c, nn *net)
{
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const bool trained = i < nn_n_params(net);
    const uint32_t number = trained ? i : i - nn_n_params(net);
    const nn_param q = trained ? nn_param_get(net, number) : nn_buffer_get(net, number);
    char name[32];
    snprintf(name, sizeof name, "%s.%u", trained ? "weights" : "statistics", number);
    add(c, name, CHECKPOINT_F32, q.value, q.n);
  }
}

/* As a run would leave it; the best epoch's weights only in the last seed. */
size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  static float input[EAR_MAX_BANDS];
  static double place[N_PLACE] = {2, 0, 0, 1};
  char text[] = "[input]\nrate 16000\nfft 256\nhop 128\nbands 8\nframes 12\nhigh 8000\n"
                "[network]\nconv 2 3x3 bn relu\nmean\ndense labels\n[train]\nbatch 1\n";
  const char *path = fuzz_path("checkpoint");
  content c = {.n = 0};
  recipe r;
  nn *net = NULL;
  ear_error err = {""};
  if (i > 1) {
    return 0;
  }
  if (recipe_parse(&r, "tiny.recipe", text, &err) ||
      nn_new(&net, &r, 2, 1, r.frames, 0, &err)) {
    fuzz_broken(err.text);
  }
  c.settings =
      json_pack("{s:s, s:s, s:s}", "recipe", "tiny", "label.0", "a", "label.1", "b");
  recipe_tell(&r, add_setting, c.settings);
  add_network(&c, net);
  add(&c, "input.mean", CHECKPOINT_F32, input, 8);
  add(&c, "input.inverse_std", CHECKPOINT_F32, input, 8);
  add(&c, "place", CHECKPOINT_F64, place, i ? N_PLACE : 2);
  add(&c, "best", CHECKPOINT_F32, input, 64);
  size_t n = 0;
  if (!checkpoint_write(path, c.part, c.n, c.settings, NULL)) {
    FILE *f = fopen(path, "rb");
    n = f ? fread(data, 1, FUZZ_MOST, f) : 0;
    fclose(f);
  }
  json_decref(c.settings);
  nn_free(net);
  return n;
}
