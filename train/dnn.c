/* SPDX-License-Identifier: ISC */
/* A pass is one primitive with its operands.  An operand whose layout the primitive wants
   otherwise has a memory of its own and a reorder to or from the caller's. */
#include "dnn.h"

#include <assert.h>
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPERANDS = 4, N_LAYOUTS = 3 };

typedef struct {
  int arg;
  dnnl_query_t query;
  int index; /* of the query: weights 0, bias 1 */
  bool output;
} operand_role;

typedef struct {
  dnnl_memory_t user;       /* the caller's layout, pointer set at each call */
  dnnl_memory_t own;        /* the primitive's layout; NULL: the same */
  dnnl_primitive_t reorder; /* user to own, or own to user for an output */
  bool output;
} operand;

typedef struct {
  dnnl_primitive_t primitive;
  operand operand[MAX_OPERANDS];
  dnnl_exec_arg_t arg[MAX_OPERANDS];
  int n_operands;
  char impl[64];
} pass;

struct dnn_conv {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnn_conv_shape shape;
  pass pass[DNN_N_PASSES];
};

/* What a convolution is described by: memory layouts and geometry. */
typedef struct {
  dnnl_memory_desc_t src, dst, weights, bias;       /* the caller's */
  dnnl_memory_desc_t any_src, any_dst, any_weights; /* asked of the primitive */
  dnnl_dims_t strides, dilation, pad_lo, pad_hi;
  const dnnl_memory_desc_t *bias_or_null;
} geometry;

static const operand_role roles[DNN_N_PASSES][MAX_OPERANDS] = {
    {{DNNL_ARG_SRC, dnnl_query_src_md, 0, false},
     {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0, false},
     {DNNL_ARG_DST, dnnl_query_dst_md, 0, true},
     {DNNL_ARG_BIAS, dnnl_query_weights_md, 1, false}},
    {{DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0, false},
     {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0, false},
     {DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0, true}},
    {{DNNL_ARG_SRC, dnnl_query_src_md, 0, false},
     {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0, false},
     {DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0, true},
     {DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1, true}},
};

static void
describe(dnnl_memory_desc_t *md, int n_dims, const dnnl_dims_t dims,
         dnnl_format_tag_t tag)
{
  const dnnl_status_t st = dnnl_memory_desc_init_by_tag(md, n_dims, dims, dnnl_f32, tag);
  assert(st == dnnl_success);
  (void)st;
}

/* layout 0: ours; 1: ours with a lone channel called nchw, the same bytes; 2: any. */
static void
geometry_init(geometry *g, const dnn_conv_shape *s, int layout)
{
  static const dnnl_format_tag_t lone[N_LAYOUTS] = {dnnl_nhwc, dnnl_nchw, dnnl_nhwc};
  const dnnl_dims_t src = {s->n, s->c_in, s->t_in, s->f_in};
  const dnnl_dims_t dst = {s->n, s->c_out, s->t_out, s->f_out};
  const dnnl_dims_t full = {s->c_out, s->c_in, s->kt, s->kf};
  const dnnl_dims_t grouped = {s->c_out, 1, 1, s->kt, s->kf};
  const dnnl_dims_t bias = {s->c_out};
  const int n_weight_dims = s->depthwise ? 5 : 4;
  const int64_t *weights = s->depthwise ? grouped : full;
  describe(&g->src, 4, src, s->c_in == 1 ? lone[layout] : dnnl_nhwc);
  describe(&g->dst, 4, dst, s->c_out == 1 ? lone[layout] : dnnl_nhwc);
  describe(&g->weights, n_weight_dims, weights, s->depthwise ? dnnl_goihw : dnnl_ohwi);
  describe(&g->bias, 1, bias, dnnl_x);
  describe(&g->any_weights, n_weight_dims, weights, dnnl_format_tag_any);
  g->any_src = g->src;
  g->any_dst = g->dst;
  if (layout == 2) {
    describe(&g->any_src, 4, src, dnnl_format_tag_any);
    describe(&g->any_dst, 4, dst, dnnl_format_tag_any);
  }
  g->strides[0] = s->st;
  g->strides[1] = s->sf;
  g->dilation[0] = s->dt - 1;
  g->dilation[1] = 0;
  g->pad_lo[0] = g->pad_hi[0] = 0;
  g->pad_lo[1] = s->pad_lo;
  g->pad_hi[1] = s->pad_hi;
  g->bias_or_null = s->bias ? &g->bias : NULL;
}

static dnnl_status_t
describe_pass(dnnl_convolution_desc_t *d, const geometry *g, dnn_pass which)
{
  if (which == DNN_FORWARD) {
    return dnnl_dilated_convolution_forward_desc_init(
        d, dnnl_forward_training, dnnl_convolution_direct, &g->any_src, &g->any_weights,
        g->bias_or_null, &g->any_dst, g->strides, g->dilation, g->pad_lo, g->pad_hi);
  }
  if (which == DNN_BACKWARD_DATA) {
    return dnnl_dilated_convolution_backward_data_desc_init(
        d, dnnl_convolution_direct, &g->any_src, &g->any_weights, &g->any_dst, g->strides,
        g->dilation, g->pad_lo, g->pad_hi);
  }
  return dnnl_dilated_convolution_backward_weights_desc_init(
      d, dnnl_convolution_direct, &g->any_src, &g->any_weights, g->bias_or_null,
      &g->any_dst, g->strides, g->dilation, g->pad_lo, g->pad_hi);
}

static bool
is_reference(const char *impl)
{
  return !strstr(impl, "jit") && !strstr(impl, "brg");
}

/* Backward passes need a forward description as a hint. */
static dnnl_status_t
choose(dnn_conv *conv, const geometry *g, dnn_pass which, dnnl_primitive_desc_t *pd)
{
  dnnl_convolution_desc_t d;
  dnnl_primitive_desc_t hint = NULL;
  dnnl_status_t st = dnnl_success;
  if (which != DNN_FORWARD) {
    st = describe_pass(&d, g, DNN_FORWARD);
    st = st ? st : dnnl_primitive_desc_create(&hint, &d, NULL, conv->engine, NULL);
  }
  st = st ? st : describe_pass(&d, g, which);
  st = st ? st : dnnl_primitive_desc_create(pd, &d, NULL, conv->engine, hint);
  dnnl_primitive_desc_destroy(hint);
  return st;
}

static dnnl_status_t
operand_init(operand *o, dnnl_engine_t engine, const dnnl_memory_desc_t *user,
             const dnnl_memory_desc_t *wanted, bool output)
{
  o->output = output;
  dnnl_status_t st = dnnl_memory_create(&o->user, user, engine, DNNL_MEMORY_NONE);
  if (st || dnnl_memory_desc_equal(user, wanted)) {
    return st;
  }
  dnnl_primitive_desc_t pd = NULL;
  st = dnnl_memory_create(&o->own, wanted, engine, DNNL_MEMORY_ALLOCATE);
  st = st ? st
          : dnnl_reorder_primitive_desc_create(&pd, output ? wanted : user, engine,
                                               output ? user : wanted, engine, NULL);
  st = st ? st : dnnl_primitive_create(&o->reorder, pd);
  dnnl_primitive_desc_destroy(pd);
  return st;
}

static const dnnl_memory_desc_t *
users(const geometry *g, int arg)
{
  switch (arg) {
  case DNNL_ARG_SRC:
  case DNNL_ARG_DIFF_SRC:
    return &g->src;
  case DNNL_ARG_DST:
  case DNNL_ARG_DIFF_DST:
    return &g->dst;
  case DNNL_ARG_WEIGHTS:
  case DNNL_ARG_DIFF_WEIGHTS:
    return &g->weights;
  default:
    return &g->bias;
  }
}

static dnnl_status_t
pass_fill(dnn_conv *conv, dnn_pass which, const geometry *g, dnnl_primitive_desc_t pd)
{
  pass *p = &conv->pass[which];
  p->n_operands = which == DNN_BACKWARD_DATA || !conv->shape.bias ? 3 : 4;
  dnnl_status_t st = dnnl_success;
  for (int i = 0; i < p->n_operands && !st; ++i) {
    const operand_role *role = &roles[which][i];
    operand *o = &p->operand[i];
    const dnnl_memory_desc_t *md =
        dnnl_primitive_desc_query_md(pd, role->query, role->index);
    st = operand_init(o, conv->engine, users(g, role->arg), md, role->output);
    p->arg[i].arg = role->arg;
    p->arg[i].memory = o->own ? o->own : o->user;
  }
  return st ? st : dnnl_primitive_create(&p->primitive, pd);
}

/* The first layout for which oneDNN has more than its reference code. */
static dnnl_status_t
pass_new(dnn_conv *conv, dnn_pass which)
{
  pass *p = &conv->pass[which];
  geometry g;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_status_t st = dnnl_unimplemented;
  for (int layout = 0; layout < N_LAYOUTS; ++layout) {
    dnnl_primitive_desc_destroy(pd);
    pd = NULL;
    geometry_init(&g, &conv->shape, layout);
    st = choose(conv, &g, which, &pd);
    if (!st) {
      const char *impl = "";
      dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &impl);
      snprintf(p->impl, sizeof p->impl, "%s", impl);
      if (!is_reference(impl)) {
        break;
      }
    }
  }
  st = st ? st : pass_fill(conv, which, &g, pd);
  dnnl_primitive_desc_destroy(pd);
  return st;
}

static void
pass_free(pass *p)
{
  for (int i = 0; i < p->n_operands; ++i) {
    dnnl_primitive_destroy(p->operand[i].reorder);
    dnnl_memory_destroy(p->operand[i].own);
    dnnl_memory_destroy(p->operand[i].user);
  }
  dnnl_primitive_destroy(p->primitive);
}

ear_status
dnn_conv_new(dnn_conv **conv, const dnn_conv_shape *shape, ear_error *err)
{
  *conv = NULL;
  dnn_conv *c = calloc(1, sizeof *c);
  if (!c) {
    return EAR_NO_MEMORY;
  }
  c->shape = *shape;
  dnnl_status_t st = dnnl_engine_create(&c->engine, dnnl_cpu, 0);
  st = st ? st : dnnl_stream_create(&c->stream, c->engine, dnnl_stream_default_flags);
  for (int i = 0; i < DNN_N_PASSES && !st; ++i) {
    if (i != DNN_BACKWARD_DATA || shape->input_gradient) {
      st = pass_new(c, (dnn_pass)i);
    }
  }
  if (!st) {
    *conv = c;
    return EAR_OK;
  }
  dnn_conv_free(c);
  if (err) {
    snprintf(err->text, sizeof err->text,
             "oneDNN has no convolution of %u channels to %u with a %u x %u kernel",
             shape->c_in, shape->c_out, shape->kt, shape->kf);
  }
  return st == dnnl_out_of_memory ? EAR_NO_MEMORY : EAR_BAD_ARGUMENT;
}

void
dnn_conv_free(dnn_conv *conv)
{
  if (conv) {
    for (int i = 0; i < DNN_N_PASSES; ++i) {
      pass_free(&conv->pass[i]);
    }
    dnnl_stream_destroy(conv->stream);
    dnnl_engine_destroy(conv->engine);
    free(conv);
  }
}

/* oneDNN takes all memory as void *, also what it only reads. */
static void *
unconst(const float *x)
{
  union {
    const float *c;
    void *v;
  } u = {x};
  return u.v;
}

static void
reorder(dnn_conv *conv, const operand *o)
{
  const dnnl_exec_arg_t arg[] = {{DNNL_ARG_FROM, o->output ? o->own : o->user},
                                 {DNNL_ARG_TO, o->output ? o->user : o->own}};
  const dnnl_status_t st = dnnl_primitive_execute(o->reorder, conv->stream, 2, arg);
  assert(st == dnnl_success);
  (void)st;
}

static void
run(dnn_conv *conv, dnn_pass which, void *const pointer[MAX_OPERANDS])
{
  pass *p = &conv->pass[which];
  for (int i = 0; i < p->n_operands; ++i) {
    operand *o = &p->operand[i];
    dnnl_memory_set_data_handle(o->user, pointer[i]);
    if (o->reorder && !o->output) {
      reorder(conv, o);
    }
  }
  const dnnl_status_t st =
      dnnl_primitive_execute(p->primitive, conv->stream, p->n_operands, p->arg);
  assert(st == dnnl_success);
  (void)st;
  for (int i = 0; i < p->n_operands; ++i) {
    if (p->operand[i].reorder && p->operand[i].output) {
      reorder(conv, &p->operand[i]);
    }
  }
  dnnl_stream_wait(conv->stream);
}

void
dnn_conv_forward(dnn_conv *conv, const float *x, const float *w, const float *bias,
                 float *y)
{
  void *const pointer[] = {unconst(x), unconst(w), y, unconst(bias)};
  run(conv, DNN_FORWARD, pointer);
}

void
dnn_conv_backward_data(dnn_conv *conv, const float *dy, const float *w, float *dx)
{
  void *const pointer[] = {unconst(dy), unconst(w), dx, NULL};
  run(conv, DNN_BACKWARD_DATA, pointer);
}

void
dnn_conv_backward_weights(dnn_conv *conv, const float *x, const float *dy, float *dw,
                          float *dbias)
{
  void *const pointer[] = {unconst(x), unconst(dy), dw, dbias};
  run(conv, DNN_BACKWARD_WEIGHTS, pointer);
}

const char *
dnn_conv_impl(const dnn_conv *conv, dnn_pass which)
{
  return conv->pass[which].impl;
}

bool
dnn_conv_uses_reference(const dnn_conv *conv, dnn_pass which)
{
  const char *impl = conv->pass[which].impl;
  return *impl && is_reference(impl);
}

void
dnn_gemm(bool transpose_a, bool transpose_b, uint32_t m, uint32_t n, uint32_t k,
         const float *a, const float *b, float beta, float *c)
{
  const dnnl_status_t st =
      dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a,
                 transpose_a ? m : k, b, transpose_b ? k : n, beta, c, n);
  assert(st == dnnl_success);
  (void)st;
}
