/* SPDX-License-Identifier: ISC */
/* The parts of reading and writing a model file that share its names.
     bytes -> safetensors -> metadata texts -> spec -> shapes -> tensors -> checks ->
   vector Two digests cover everything that has a meaning: payload_sha256 the tensor
   bytes, and meta_sha256 the metadata texts of ear_meta_sha256. */
#ifndef EAR_MODEL_FILE_H
#define EAR_MODEL_FILE_H

#include "model_check.h"
#include "safetensors.h"
#include <stdatomic.h>

#define EAR_FORMAT "earshot"

/* A file has the lowest version that can hold it, so that older programs read what they
   can: 2 has feature kinds beside mel, summaries, deviations, a second branch, kernels of
   more than 64 rows, heads of severity and kinds, and a margin under which a classifier
   is unsure. */
enum { EAR_FORMAT_NEWEST = 2, EAR_SHA256_TEXT = 65 };

struct ear_model {
  atomic_uint n_refs;
  json_t *header, *labels, *heads; /* own the strings of spec */
  void *values;                    /* own the arrays of spec */
  ear_model_spec spec;
  ear_shape shape[EAR_MAX_LAYERS];
  ear_model_info info;
  _Atomic(struct ear_net_weights *) weights; /* of its networks, once there was one */
};

/* Fill m->spec and m->shape from a container; m keeps references to st->header. */
ear_status ear_model_read(ear_model *m, const ear_safetensors *st, ear_error *err);

/* The format version that the spec needs: 1 or 2.  [any] */
int ear_format_version(const ear_model_spec *spec);

/* Parse a JSON text of the metadata into *value, a new reference; duplicate keys are
   refused. */
ear_status ear_meta_json(json_t **value, const char *key, const char *text,
                         ear_error *err);

/* Hexadecimal SHA-256 over the texts of format, format_version, name, task, labels,
   front_end, layers, heads, thresholds, test_vector, payload_sha256 and, where there is
   one, unsure, in this order, each followed by a NUL.  False if another is missing. */
bool ear_meta_sha256(const json_t *metadata, char hex[EAR_SHA256_TEXT]);

/* The test vector: frames of noise from a seed, and the accumulators that the last one
   leaves.  Writes a new string, or checks one against the network. */
ear_status ear_vector_write(const ear_model_spec *spec, const ear_shape *shape,
                            json_t **text, ear_error *err);
ear_status ear_vector_check(const ear_model_spec *spec, const ear_shape *shape,
                            const char *text, ear_error *err);

/* Fill info but for sha256. */
void ear_model_describe(const ear_model_spec *spec, const ear_shape *shape,
                        ear_model_info *info);

/* Name and shape of the tensors of layer l: weight, bias, scale.  0 or 3 of them. */
typedef struct {
  char name[24];
  ear_dtype dtype;
  uint32_t n_dims, dim[EAR_ST_MAX_DIMS];
  size_t n;
} ear_tensor_plan;
uint32_t ear_layer_tensors(const ear_model_spec *spec, const ear_shape *shape, uint32_t l,
                           ear_tensor_plan plan[3]);

#endif
