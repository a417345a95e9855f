/* SPDX-License-Identifier: ISC */
/* Recipe lines to nodes.  Sizes are worked out here once, for patches of n_frames frames;
   a line that does not fit is refused with its number in the network. */
#include <math.h>

#include "nn_layers.h"
#include "rng.h"

enum { STREAM_INIT = 0x696e6974 };

static nn_node *
append(nn *net, node_kind kind, const recipe_layer *line)
{
  nn_node *source = &net->node[net->at_frames ? 0 : net->n_nodes - 1];
  net->at_frames = false;
  nn_node *b = &net->node[net->n_nodes++];
  b->kind = kind;
  b->recipe = *line;
  b->source = source;
  b->in = b->out = source->out;
  b->max_batch = net->max_batch;
  b->stride = source->stride;
  b->receptive = source->receptive;
  return b;
}

/* The window of a convolution or pool on the input: out.t and out.f, stride, receptive.
 */
static ear_status
slide(const nn *net, nn_node *b, uint32_t line, ear_error *err)
{
  recipe_layer *r = &b->recipe;
  const uint32_t rows = b->in.f + 2 * r->pad;
  r->kf = r->kf == RECIPE_FULL ? rows : r->kf;
  const uint32_t span = (r->kt - 1) * r->dt + 1;
  if (span > b->in.t) {
    return nn_refuse(
        net, err,
        "layer %u needs %u columns but %u frames give it %u: use longer patches", line,
        span, net->recipe.frames, b->in.t);
  }
  if (r->kf > rows) {
    return nn_refuse(net, err, "layer %u needs %u rows but its input has %u", line, r->kf,
                     rows);
  }
  b->out.t = (b->in.t - span) / r->st + 1;
  b->out.f = (rows - r->kf) / r->sf + 1;
  b->receptive += (span - 1) * b->stride;
  b->stride *= r->st;
  return EAR_OK;
}

static bool
take_weights(nn *net, nn_node *b, size_t n_weights, size_t n_biases)
{
  b->n_weights = n_weights;
  b->n_biases = n_biases;
  b->weight = nn_take_floats(net, n_weights);
  b->dweight = nn_take_floats(net, n_weights);
  if (!b->weight || !b->dweight) {
    return false;
  }
  net->param[net->n_params++] =
      (nn_param){b->weight, b->dweight, n_weights, b->kind != NODE_BN};
  if (n_biases) {
    b->bias = nn_take_floats(net, n_biases);
    b->dbias = nn_take_floats(net, n_biases);
    if (!b->bias || !b->dbias) {
      return false;
    }
    net->param[net->n_params++] = (nn_param){b->bias, b->dbias, n_biases, false};
  }
  return true;
}

/* Normal with variance 2 / fan_in before a ReLU (He et al., ICCV 2015), else 1 / fan_in.
 */
static void
draw_weights(const nn *net, nn_node *b, size_t fan_in, bool relu)
{
  rng r = rng_stream(net->seed, STREAM_INIT, (uint64_t)(b - net->node));
  const double deviation = sqrt((relu ? 2.0 : 1.0) / (double)fan_in);
  for (size_t i = 0; i < b->n_weights; ++i) {
    b->weight[i] = (float)(deviation * rng_normal(&r));
  }
}

static ear_status
add_conv(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  nn_node *b = append(net, NODE_CONV, line);
  const bool depthwise = line->op == EAR_OP_DEPTHWISE;
  const ear_status st = slide(net, b, index, err);
  if (st) {
    return st;
  }
  const recipe_layer *r = &b->recipe;
  b->out.c = depthwise ? b->in.c : r->n_out ? r->n_out : net->n_outputs;
  b->relu = r->relu && !r->bn;
  const size_t fan_in = (size_t)r->kt * r->kf * (depthwise ? 1 : b->in.c);
  if (!take_weights(net, b, fan_in * b->out.c, r->bn ? 0 : b->out.c)) {
    return EAR_NO_MEMORY;
  }
  draw_weights(net, b, fan_in, r->relu);
  const dnn_conv_shape shape = {.n = net->max_batch,
                                .t_in = b->in.t,
                                .f_in = b->in.f,
                                .c_in = b->in.c,
                                .t_out = b->out.t,
                                .f_out = b->out.f,
                                .c_out = b->out.c,
                                .kt = r->kt,
                                .kf = r->kf,
                                .st = r->st,
                                .sf = r->sf,
                                .dt = r->dt,
                                .pad_lo = r->pad,
                                .pad_hi = r->pad,
                                .depthwise = depthwise,
                                .bias = !r->bn,
                                .input_gradient = b->source->kind != NODE_INPUT};
  return dnn_conv_new(&b->conv, &shape, err);
}

static ear_status
add_dense(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  nn_node *b = append(net, NODE_DENSE, line);
  if (b->in.t != 1) {
    return nn_refuse(
        net, err,
        "layer %u is dense but a patch of %u frames gives it %u columns: put mean "
        "or flatten before it",
        index, net->recipe.frames, b->in.t);
  }
  const size_t n_in = node_count(b->in);
  b->out = (node_size){1, 1, line->n_out ? line->n_out : net->n_outputs};
  b->relu = line->relu && !line->bn;
  if (!take_weights(net, b, n_in * b->out.c, b->out.c)) {
    return EAR_NO_MEMORY;
  }
  draw_weights(net, b, n_in, line->relu);
  return EAR_OK;
}

static ear_status
add_norm(nn *net, const recipe_layer *line)
{
  nn_node *b = append(net, NODE_BN, line);
  const uint32_t c = b->out.c;
  b->relu = line->relu;
  if (!take_weights(net, b, c, c)) {
    return EAR_NO_MEMORY;
  }
  b->running_mean = nn_take_floats(net, c);
  b->running_variance = nn_take_floats(net, c);
  b->batch_mean = nn_take_floats(net, c);
  b->batch_inverse = nn_take_floats(net, c);
  b->partial = nn_take(net, (size_t)net->max_batch * 2 * c, sizeof(double));
  if (!b->running_mean || !b->running_variance || !b->batch_mean || !b->batch_inverse ||
      !b->partial) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < c; ++i) {
    b->weight[i] = b->running_variance[i] = 1.0f;
  }
  net->buffer[net->n_buffers++] = (nn_param){b->running_mean, NULL, c, false};
  net->buffer[net->n_buffers++] = (nn_param){b->running_variance, NULL, c, false};
  return EAR_OK;
}

static ear_status
add_pool(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  const bool summary = line->op == EAR_OP_SUMMARY;
  const bool max = line->op == EAR_OP_MAXPOOL;
  nn_node *b = append(net,
                      summary ? NODE_SUMMARY
                      : max   ? NODE_MAXPOOL
                              : NODE_AVGPOOL,
                      line);
  b->recipe.dt = 1;
  b->recipe.pad = 0;
  const ear_status st = slide(net, b, index, err);
  b->out.c *= summary ? EAR_SUMMARY_PARTS : 1;
  if (!st && (max || summary)) {
    b->argmax = nn_take(net, net->max_batch * node_count(b->out), sizeof(uint32_t));
    return b->argmax ? EAR_OK : EAR_NO_MEMORY;
  }
  return st;
}

/* The earlier output is cropped to its centre, where both look at the same frames. */
static ear_status
add_add(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  if (line->back == 0 || line->back > net->n_layers) {
    return nn_refuse(net, err,
                     "layer %u adds the layer %u before it, which does not exist", index,
                     line->back);
  }
  nn_node *b = append(net, NODE_ADD, line);
  b->from = net->layer[net->n_layers - line->back];
  const node_size z = b->from->out;
  if (z.f != b->out.f || z.c != b->out.c || b->from->stride != b->stride) {
    return nn_refuse(
        net, err,
        "layer %u adds %u rows x %u channels to %u x %u: they must be the same, "
        "with the same stride in time",
        index, z.f, z.c, b->out.f, b->out.c);
  }
  b->crop = (b->receptive - b->from->receptive) / (2 * b->stride);
  b->share = b->share_from = 1;
  b->relu = line->relu;
  if (b->crop + b->out.t > z.t) {
    return nn_refuse(net, err, "layer %u adds a layer with too few columns", index);
  }
  return EAR_OK;
}

/* The path that sees fewer frames is cropped to its centre, as in an add. */
static ear_status
add_concat(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  if (!net->trunk || net->at_frames) {
    return nn_refuse(net, err, "layer %u ends a branch that has no layers", index);
  }
  nn_node *b = append(net, NODE_CONCAT, line);
  const nn_node *z = b->from = net->trunk;
  if (z->out.f != b->out.f || z->stride != b->stride) {
    return nn_refuse(net, err,
                     "layer %u joins %u rows every %u frames and, of the branch, %u rows "
                     "every %u: both must be the same",
                     index, z->out.f, z->stride, b->out.f, b->stride);
  }
  const bool longer = b->receptive > z->receptive;
  const uint32_t more =
      longer ? b->receptive - z->receptive : z->receptive - b->receptive;
  b->crop = longer ? more / (2 * b->stride) : 0;
  b->crop_source = longer ? 0 : more / (2 * b->stride);
  b->out.t = longer ? b->in.t : z->out.t;
  b->out.c += z->out.c;
  b->receptive = longer ? b->receptive : z->receptive;
  b->share = b->share_from = 1;
  return EAR_OK;
}

static ear_status
add_other(nn *net, const recipe_layer *line)
{
  nn_node *b;
  if (line->op == EAR_OP_FLATTEN) {
    b = append(net, NODE_FLATTEN, line);
    b->receptive += (b->in.t - 1) * b->stride;
    b->out = (node_size){1, 1, (uint32_t)node_count(b->in)};
  } else {
    b = append(net, NODE_MEAN, line);
    b->over_frequency = line->over_frequency;
    b->deviation = line->deviation;
    b->out = (node_size){1, line->over_frequency ? 1 : b->in.f, b->in.c};
    b->out.f *= line->deviation ? 2 : 1;
  }
  return EAR_OK;
}

static ear_status
add_dropout(nn *net, const recipe_layer *line)
{
  nn_node *b = append(net, NODE_DROPOUT, line);
  b->mask = nn_take_floats(net, net->max_batch * node_count(b->out));
  return b->mask ? EAR_OK : EAR_NO_MEMORY;
}

ear_status
nn_add_line(nn *net, const recipe_layer *line, uint32_t index, ear_error *err)
{
  ear_status st;
  if (line->is_dropout) {
    return add_dropout(net, line);
  }
  if (line->is_branch) {
    net->trunk = &net->node[net->n_nodes - 1];
    net->at_frames = true;
    return EAR_OK;
  }
  switch (line->op) {
  case EAR_OP_CONV:
  case EAR_OP_DEPTHWISE:
    st = add_conv(net, line, index, err);
    break;
  case EAR_OP_MAXPOOL:
  case EAR_OP_AVGPOOL:
  case EAR_OP_SUMMARY:
    st = add_pool(net, line, index, err);
    break;
  case EAR_OP_ADD:
    st = add_add(net, line, index, err);
    break;
  case EAR_OP_CONCAT:
    st = add_concat(net, line, index, err);
    break;
  case EAR_OP_DENSE:
    st = add_dense(net, line, index, err);
    break;
  default:
    st = add_other(net, line);
  }
  if (!st && line->bn && (line->op == EAR_OP_CONV || line->op == EAR_OP_DEPTHWISE)) {
    st = add_norm(net, line);
  }
  net->layer[net->n_layers++] = &net->node[net->n_nodes - 1];
  return st;
}
