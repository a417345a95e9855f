/* SPDX-License-Identifier: ISC */
/* One walk over the fields both writes and reads, so that the two agree. */
#include "stored_net.h"

#include <stdlib.h>
#include <string.h>

typedef bool (*item_fn)(FILE *f, void *array, size_t n_bytes);

static bool
write_item(FILE *f, void *array, size_t n_bytes)
{
  return fwrite(array, 1, n_bytes, f) == n_bytes;
}

static bool
read_item(FILE *f, void *array, size_t n_bytes)
{
  return array && fread(array, 1, n_bytes, f) == n_bytes;
}

/* The n_bytes behind the pointer that stands at `where`, of any type. */
static bool
walk_array(FILE *f, void *where, size_t n_bytes, item_fn item)
{
  void *array = NULL;
  if (item == read_item) {
    array = n_bytes ? malloc(n_bytes) : NULL;
    memcpy(where, &array, sizeof array);
  } else {
    memcpy(&array, where, sizeof array);
  }
  return n_bytes == 0 || item(f, array, n_bytes);
}

/* Those of the input, then those of each layer. */
static bool
walk(FILE *f, stored_net *net, item_fn item)
{
  ear_model_spec *spec = &net->spec;
  const size_t n_values = ear_front_end_values(&spec->front_end);
  bool ok = walk_array(f, &spec->mean, n_values * sizeof(float), item);
  ok &= walk_array(f, &spec->inverse_std, n_values * sizeof(float), item);
  ok &= walk_array(f, &net->frames, n_values * net->n_frames, item);
  for (uint32_t l = 0; l < spec->n_layers; ++l) {
    ear_layer *y = &spec->layer[l];
    const size_t n_weights = ear_layer_n_weights(spec, net->shape, l);
    const size_t n_out = n_weights ? net->shape[l].channels : 0;
    ok &= walk_array(f, &y->weight, n_weights, item);
    ok &= walk_array(f, &y->bias, n_out * sizeof(int32_t), item);
    ok &= walk_array(f, &y->weight_scale, n_out * sizeof(float), item);
  }
  return ok;
}

bool
stored_net_write(FILE *f, const stored_net *net)
{
  stored_net copy = *net;
  return fwrite(&copy, sizeof copy, 1, f) == 1 && walk(f, &copy, write_item);
}

bool
stored_net_read(FILE *f, stored_net *net)
{
  if (fread(net, sizeof *net, 1, f) != 1) {
    return false;
  }
  ear_model_spec *spec = &net->spec;
  spec->name = spec->task = spec->license = spec->card = "";
  for (uint32_t l = 0; l < spec->n_labels; ++l) {
    spec->label[l] = "";
  }
  return walk(f, net, read_item);
}

void
stored_net_free(stored_net *net)
{
  void *array;
  memcpy(&array, &net->spec.mean, sizeof array);
  free(array);
  memcpy(&array, &net->spec.inverse_std, sizeof array);
  free(array);
  free(net->frames);
  for (uint32_t l = 0; l < net->spec.n_layers; ++l) {
    const ear_layer *y = &net->spec.layer[l];
    const void *const parts[] = {y->weight, y->bias, y->weight_scale};
    for (size_t i = 0; i < 3; ++i) {
      memcpy(&array, &parts[i], sizeof array);
      free(array);
    }
  }
}
