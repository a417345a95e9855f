/* SPDX-License-Identifier: ISC */
/* The steps that a network is made of.  A recipe layer becomes one or two nodes: the
   convolution or dense product, then BatchNorm; a ReLU belongs to the last of them.

   forward: reads source->y (the node before it), writes y.
   backward: reads dy, writes source->dy, a concat from->dy too; where an `add` also uses
   a node's output, nn.c adds its share before that node's own backward.  Only patches
   0..n-1 are worked on, but convolutions take all of max_batch: their dy is kept zero
   beyond n. */
#ifndef EAR_TRAIN_NN_LAYERS_H
#define EAR_TRAIN_NN_LAYERS_H

#include "dnn.h"
#include "nn.h"

#if defined(__has_feature)
#define NN_CLANG_SANITIZES                                                               \
  (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                \
   __has_feature(memory_sanitizer))
#else
#define NN_CLANG_SANITIZES 0
#endif

typedef enum {
  NODE_INPUT,
  NODE_CONV, /* depthwise too */
  NODE_BN,
  NODE_MAXPOOL,
  NODE_AVGPOOL,
  NODE_SUMMARY,
  NODE_ADD,
  NODE_CONCAT,
  NODE_DROPOUT,
  NODE_FLATTEN,
  NODE_MEAN,
  NODE_DENSE,
} node_kind;

/* Of one patch: [t columns][f rows][c channels]. */
typedef struct {
  uint32_t t, f, c;
} node_size;

/* Compiled twice, for AVX2 too, and chosen at run time.  The bits are the same: no sum
   runs across lanes and nothing is contracted.  Sanitizers start after the choice is
   made. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&       \
    !defined(__SANITIZE_THREAD__) && !NN_CLANG_SANITIZES
#define NN_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define NN_WIDE
#endif

#define NN_BN_EPSILON 1e-5f /* as PyTorch */

typedef struct nn_node nn_node;
typedef struct node_rounding node_rounding; /* nn_round.h */
typedef struct node_pair node_pair;         /* nn_pair.h */
struct nn_node {
  node_kind kind;
  recipe_layer recipe; /* kf and n_out resolved */
  bool relu;
  bool frozen;                    /* neither weights nor statistics change */
  bool over_frequency, deviation; /* mean */
  node_size in, out;
  uint32_t max_batch;
  uint32_t stride, receptive;    /* in frames, of one output column */
  nn_node *source, *from;        /* from: add, concat */
  uint32_t crop;                 /* add, concat: first column of from that counts */
  uint32_t crop_source;          /* concat: of source */
  float share, share_from;       /* add: y = share source + share_from from; 1; concat:
                                    of each side */
  const node_rounding *rounding; /* of a network in integers; NULL: none */
  float *y, *dy;                 /* [max_batch][out]; flatten: the source's own */
  float *weight, *dweight;       /* conv [o][kt][kf][i], dense [o][i], bn gamma */
  float *bias, *dbias;           /* [c]; NULL before a bn; bn beta */
  size_t n_weights, n_biases;
  float *running_mean, *running_variance; /* bn [c] */
  float *batch_mean, *batch_inverse;      /* bn [c]: mean, 1 / sqrt(variance + eps) */
  double *partial;  /* bn [max_batch][2][c]: sums of one patch, then combined in order */
  uint32_t *argmax; /* maxpool [max_batch][out]: which of the kt * kf; summary too,
                       means 0 */
  uint8_t *place;   /* maxpool of a pair [max_batch][out]: the same of its training
                       forward, 4: not above 0; bytes, since a step moves all of them */
  float *mask;      /* dropout [max_batch][out]: 0 or 1 / (1 - p) */
  dnn_conv *conv;
  node_pair *pair; /* conv: trained as one with the pool after it; NULL: alone */
};

/* Values in one patch. */
static inline size_t
node_count(node_size s)
{
  return (size_t)s.t * s.f * s.c;
}

enum { NN_MAX_NODES = 2 * RECIPE_MAX_LAYERS + 1, NN_MAX_ARRAYS = 10 };

struct nn {
  recipe recipe;
  uint32_t n_labels, n_outputs, max_batch; /* outputs: recipe_n_extra more */
  uint32_t n;                              /* patches of the last forward */
  uint32_t first;                          /* of them in the global batch */
  uint64_t seed;
  uint64_t step;  /* training forwards so far: dropout's draws follow from it */
  nn_node *trunk; /* the node before the branch; NULL: none yet */
  bool at_frames; /* the next node reads the input */
  uint32_t n_nodes;
  nn_node node[NN_MAX_NODES];        /* node[0] is the input */
  uint32_t n_layers;                 /* of the engine: dropout lines do not count */
  nn_node *layer[RECIPE_MAX_LAYERS]; /* the last node of each */
  uint32_t n_params, n_buffers;
  nn_param param[2 * NN_MAX_NODES], buffer[2 * NN_MAX_NODES];
  uint32_t n_memory;
  void *memory[NN_MAX_ARRAYS * NN_MAX_NODES]; /* all arrays, to be freed */
};

/* n zeroed values at a multiple of 64 bytes, freed with net; NULL: no memory. */
void *nn_take(nn *net, size_t n, size_t size);
float *nn_take_floats(nn *net, size_t n);

/* Fill err with the recipe's name and the sentence; EAR_BAD_ARGUMENT. */
ear_status nn_refuse(const nn *net, ear_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Append the nodes of line number `index`, counted from 1.  [setup] */
ear_status nn_add_line(nn *net, const recipe_layer *line, uint32_t index, ear_error *err);

/* Of a node with rounding, after its forward and before its backward. */
void node_round(nn_node *b, uint32_t n);
void node_round_backward(nn_node *b, uint32_t n);

void node_relu(float *y, size_t n_patch, uint32_t n);
/* dy = 0 where y is not > 0. */
void node_relu_backward(const float *y, float *dy, size_t n_patch, uint32_t n);

void node_bn_forward(nn_node *b, uint32_t n, bool training);
void node_bn_backward(nn_node *b, uint32_t n);
void node_maxpool_forward(nn_node *p, uint32_t n);
void node_maxpool_backward(nn_node *p, uint32_t n);
void node_avgpool_forward(nn_node *p, uint32_t n);
void node_avgpool_backward(nn_node *p, uint32_t n);
void node_summary_forward(nn_node *s, uint32_t n);
void node_summary_backward(nn_node *s, uint32_t n);
void node_add_forward(nn_node *a, uint32_t n);
void node_add_backward(nn_node *a, uint32_t n);
/* a's share of the gradient of a->from, added to from->dy. */
void node_add_backward_from(const nn_node *a, uint32_t n);
/* from's channels, then source's; backward fills the gradients of both. */
void node_concat_forward(nn_node *a, uint32_t n);
void node_concat_backward(nn_node *a, uint32_t n);
/* The mask of patch i follows from stream and first + i alone. */
void node_dropout_forward(nn_node *d, uint32_t n, uint32_t first, uint64_t stream,
                          bool training);
void node_dropout_backward(nn_node *d, uint32_t n);
void node_mean_forward(nn_node *m, uint32_t n);
void node_mean_backward(nn_node *m, uint32_t n);
void node_dense_forward(nn_node *d, uint32_t n);
void node_dense_backward(nn_node *d, uint32_t n, bool input_gradient);

#endif
