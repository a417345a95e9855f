/* SPDX-License-Identifier: ISC */
/* Each step appends a primitive whose input is the newest memory; where it wants another
   layout, a reorder comes before it. */
#include "net_dnn.h"

#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_STEPS = 32, MAX_ARGS = 4 };

struct net_dnn {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  int n_steps;
  dnnl_primitive_t step[MAX_STEPS];
  dnnl_exec_arg_t arg[MAX_STEPS][MAX_ARGS];
  int n_args[MAX_STEPS];
  dnnl_memory_t now;
  dnnl_dims_t dims; /* of now: 1, channels, time, frequency */
};

static void
check(dnnl_status_t st)
{
  if (st != dnnl_success) {
    fprintf(stderr, "bench: oneDNN refuses with status %d\n", (int)st);
    exit(1);
  }
}

static dnnl_memory_desc_t
description(int n, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
  dnnl_memory_desc_t md;
  check(dnnl_memory_desc_init_by_tag(&md, n, dims, type, tag));
  return md;
}

/* Memory of that description, with noise in it. */
static dnnl_memory_t
memory(const net_dnn *net, const dnnl_memory_desc_t *md)
{
  dnnl_memory_t m;
  check(
      dnnl_memory_create(&m, md, net->engine, net_noise(dnnl_memory_desc_get_size(md))));
  return m;
}

static dnnl_memory_desc_t
described(dnnl_memory_t m)
{
  const dnnl_memory_desc_t *md;
  check(dnnl_memory_get_memory_desc(m, &md));
  return *md;
}

static void
append(net_dnn *net, const_dnnl_primitive_desc_t pd, int n_args,
       const dnnl_exec_arg_t *args)
{
  check(dnnl_primitive_create(&net->step[net->n_steps], pd));
  for (int i = 0; i < n_args; ++i) {
    net->arg[net->n_steps][i] = args[i];
  }
  net->n_args[net->n_steps++] = n_args;
}

/* The newest memory in the layout that pd wants. */
static dnnl_memory_t
source(net_dnn *net, const_dnnl_primitive_desc_t pd)
{
  const dnnl_memory_desc_t *want = dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0);
  const dnnl_memory_desc_t have = described(net->now);
  if (!dnnl_memory_desc_equal(want, &have)) {
    dnnl_primitive_desc_t reorder;
    dnnl_memory_t to = memory(net, want);
    check(dnnl_reorder_primitive_desc_create(&reorder, &have, net->engine, want,
                                             net->engine, NULL));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, net->now}, {DNNL_ARG_TO, to}};
    append(net, reorder, 2, args);
    net->now = to;
  }
  return net->now;
}

/* Weights and bias are noise: their layout is a matter of names. */
static void
append_weighted(net_dnn *net, const_dnnl_op_desc_t op, int32_t n_out, float scale)
{
  dnnl_primitive_attr_t attr;
  dnnl_primitive_desc_t pd;
  float *scales = net_noise((size_t)n_out * sizeof *scales);
  for (int32_t o = 0; o < n_out; ++o) {
    scales[o] = scale;
  }
  check(dnnl_primitive_attr_create(&attr));
  check(dnnl_primitive_attr_set_output_scales(attr, n_out, 1 << 1, scales));
  check(dnnl_primitive_desc_create(&pd, op, attr, net->engine, NULL));
  dnnl_memory_t from = source(net, pd);
  dnnl_memory_t to = memory(net, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0));
  const dnnl_exec_arg_t args[] = {
      {DNNL_ARG_SRC, from},
      {DNNL_ARG_WEIGHTS,
       memory(net, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0))},
      {DNNL_ARG_BIAS,
       memory(net, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1))},
      {DNNL_ARG_DST, to}};
  append(net, pd, 4, args);
  net->now = to;
}

static void
append_conv(net_dnn *net, int32_t n_out, int32_t pad_t, int32_t pad_f)
{
  const dnnl_dims_t weights = {n_out, net->dims[1], 3, 3}, bias = {n_out};
  const dnnl_dims_t out = {1, n_out, net->dims[2] + 2 * pad_t - 2,
                           net->dims[3] + 2 * pad_f - 2};
  const dnnl_dims_t stride = {1, 1}, padding = {pad_t, pad_f};
  const dnnl_memory_desc_t x = description(4, net->dims, dnnl_u8, dnnl_format_tag_any);
  const dnnl_memory_desc_t w = description(4, weights, dnnl_s8, dnnl_format_tag_any);
  const dnnl_memory_desc_t b = description(1, bias, dnnl_s32, dnnl_a);
  const dnnl_memory_desc_t y = description(4, out, dnnl_u8, dnnl_format_tag_any);
  dnnl_convolution_desc_t op;
  check(dnnl_convolution_forward_desc_init(&op, dnnl_forward_inference,
                                           dnnl_convolution_direct, &x, &w, &b, &y,
                                           stride, padding, padding));
  append_weighted(net, &op, n_out, 1e-4f);
  for (int i = 0; i < 4; ++i) {
    net->dims[i] = out[i];
  }
}

static void
append_pool(net_dnn *net, dnnl_alg_kind_t kind, dnnl_dim_t over, dnnl_dim_t down)
{
  const dnnl_dims_t out = {1, net->dims[1], net->dims[2] / over, net->dims[3] / down};
  const dnnl_dims_t kernel = {over, down}, none = {0, 0};
  const dnnl_memory_desc_t x = described(net->now);
  const dnnl_memory_desc_t y = description(4, out, dnnl_u8, dnnl_format_tag_any);
  dnnl_pooling_desc_t op;
  dnnl_primitive_desc_t pd;
  check(dnnl_pooling_forward_desc_init(&op, dnnl_forward_inference, kind, &x, &y, kernel,
                                       kernel, none, none));
  check(dnnl_primitive_desc_create(&pd, &op, NULL, net->engine, NULL));
  dnnl_memory_t to = memory(net, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0));
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, net->now}, {DNNL_ARG_DST, to}};
  append(net, pd, 2, args);
  net->now = to;
  for (int i = 0; i < 4; ++i) {
    net->dims[i] = out[i];
  }
}

/* On columns if there are any left, else on what a dense layer gave. */
static void
append_dense(net_dnn *net, int32_t n_out, dnnl_data_type_t type)
{
  const int n = net->dims[2] ? 4 : 2;
  const dnnl_dims_t weights = {n_out, net->dims[1], net->dims[2], net->dims[3]};
  const dnnl_dims_t out = {1, n_out}, bias = {n_out};
  const dnnl_memory_desc_t x = description(n, net->dims, dnnl_u8, dnnl_format_tag_any);
  const dnnl_memory_desc_t w = description(n, weights, dnnl_s8, dnnl_format_tag_any);
  const dnnl_memory_desc_t b = description(1, bias, dnnl_s32, dnnl_a);
  const dnnl_memory_desc_t y = description(2, out, type, dnnl_ab);
  dnnl_inner_product_desc_t op;
  check(
      dnnl_inner_product_forward_desc_init(&op, dnnl_forward_inference, &x, &w, &b, &y));
  append_weighted(net, &op, n_out, 1e-4f);
  net->dims[1] = n_out;
  net->dims[2] = net->dims[3] = 0;
}

net_dnn *
net_dnn_new(net_kind kind)
{
  static const int32_t channels[] = {32, 64, 128};
  net_dnn *net = net_noise(sizeof *net);
  *net = (net_dnn){.dims = {1, 1, NET_WINDOW, NET_BANDS}};
  check(dnnl_engine_create(&net->engine, dnnl_cpu, 0));
  check(dnnl_stream_create(&net->stream, net->engine, dnnl_stream_default_flags));
  const dnnl_memory_desc_t md = description(4, net->dims, dnnl_u8, dnnl_acdb);
  net->now = memory(net, &md);
  for (int i = 0; i < 3; ++i) {
    append_conv(net, channels[i], kind == NET_S, kind != NET_K);
    append_pool(net, dnnl_pooling_max, 2, 2);
  }
  if (kind != NET_K) {
    append_pool(net, dnnl_pooling_avg_exclude_padding, net->dims[2], net->dims[3]);
  }
  append_dense(net, kind == NET_K ? 64 : 256, dnnl_u8);
  append_dense(net, 10, dnnl_f32);
  return net;
}

void
net_dnn_run(net_dnn *net)
{
  for (int i = 0; i < net->n_steps; ++i) {
    check(dnnl_primitive_execute(net->step[i], net->stream, net->n_args[i], net->arg[i]));
  }
  check(dnnl_stream_wait(net->stream));
}
