/* SPDX-License-Identifier: ISC */
/* One list of parts describes what is saved and what is loaded. */
#include "fit_save.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PLACE = 8, N_COLUMNS = sizeof(fit_epoch) / sizeof(double), NAME = 24 };

_Static_assert(sizeof(fit_epoch) == 9 * sizeof(double), "history is a table of doubles");

size_t
fit_n_values(nn *net)
{
  size_t n = 0;
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    n += nn_param_get(net, i).n;
  }
  for (uint32_t i = 0; i < nn_n_buffers(net); ++i) {
    n += nn_buffer_get(net, i).n;
  }
  return n;
}

void
fit_keep(nn *net, float *kept, bool back)
{
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const nn_param q = i < nn_n_params(net) ? nn_param_get(net, i)
                                            : nn_buffer_get(net, i - nn_n_params(net));
    memcpy(back ? q.value : kept, back ? kept : q.value, q.n * sizeof *kept);
    kept += q.n;
  }
}

fit_epoch *
fit_history_add(fit_history *h)
{
  if (h->n == h->room) {
    const uint32_t room = h->room ? 2 * h->room : 64;
    fit_epoch *grown = realloc(h->epoch, room * sizeof *grown);
    if (!grown) {
      return NULL;
    }
    h->epoch = grown;
    h->room = room;
  }
  h->epoch[h->n] = (fit_epoch){0};
  return &h->epoch[h->n++];
}

/* The parts of a checkpoint, and the names of the numbered ones. */
typedef struct {
  uint32_t n;
  checkpoint_part *part;
  char (*name)[NAME];
  double place[N_PLACE];
} parts;

static void
add(parts *ps, const char *name, checkpoint_type type, void *value, size_t n)
{
  ps->part[ps->n++] = (checkpoint_part){name, type, value, n};
}

/* The network's arrays by number, at their own place or one after the other from
   `from`. */
static void
add_network(parts *ps, nn *net, float *from)
{
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const bool trained = i < nn_n_params(net);
    const uint32_t number = trained ? i : i - nn_n_params(net);
    const nn_param q = trained ? nn_param_get(net, number) : nn_buffer_get(net, number);
    char *name = ps->name[ps->n];
    snprintf(name, NAME, "%s.%u", trained ? "weights" : "statistics", number);
    add(ps, name, CHECKPOINT_F32, from ? from : q.value, q.n);
    from = from ? from + q.n : NULL;
  }
}

static bool
parts_new(parts *ps, nn *net)
{
  const uint32_t room = nn_n_params(net) + nn_n_buffers(net) + 11;
  *ps = (parts){.part = calloc(room, sizeof *ps->part),
                .name = calloc(room, sizeof *ps->name)};
  return ps->part && ps->name;
}

static void
parts_free(parts *ps)
{
  free(ps->part);
  free(ps->name);
}

static void
take_place(parts *ps, const fit_state *s)
{
  const double place[N_PLACE] = {
      s->epoch,     s->step,  s->loss_sum, s->best_epoch,
      s->best_loss, s->ended, s->seconds,  (double)nn_step(s->net)};
  memcpy(ps->place, place, sizeof place);
}

static void
give_place(const parts *ps, fit_state *s)
{
  s->epoch = (uint32_t)ps->place[0];
  s->step = (uint32_t)ps->place[1];
  s->loss_sum = ps->place[2];
  s->best_epoch = (uint32_t)ps->place[3];
  s->best_loss = ps->place[4];
  s->ended = ps->place[5] != 0;
  s->seconds = ps->place[6];
  nn_seek(s->net, (uint64_t)ps->place[7]);
}

/* All but the history. */
static void
add_state(parts *ps, fit_state *s)
{
  size_t n;
  add(ps, "place", CHECKPOINT_F64, ps->place, N_PLACE);
  void *state = optim_state(s->optim, &n);
  add(ps, "optimizer", CHECKPOINT_U8, state, n);
  float *values = optim_values(s->optim, &n);
  add(ps, "moments", CHECKPOINT_F32, values, n);
  add_network(ps, s->net, NULL);
  if (s->quantized) {
    uint32_t n_steps;
    calibrate_steps *steps = quantized_steps(s->quantized, &n_steps);
    add(ps, "steps", CHECKPOINT_U8, steps, n_steps * sizeof *steps);
  }
  add(ps, "best", CHECKPOINT_F32, s->kept, s->n_kept);
}

/* How the input is normalised: a network is of use with it only. */
static void
add_input(parts *ps, const fit_saving *to)
{
  if (to->mean) {
    add(ps, "input.mean", CHECKPOINT_F32, to->mean, to->n_values);
    add(ps, "input.inverse_std", CHECKPOINT_F32, to->inverse_std, to->n_values);
  }
}

static ear_status
no_memory(ear_error *err)
{
  return fail(err, EAR_NO_MEMORY, "not enough memory for a checkpoint");
}

ear_status
fit_save(fit_state *s, const fit_saving *to, ear_error *err)
{
  parts ps;
  ear_status st = parts_new(&ps, s->net) ? EAR_OK : no_memory(err);
  if (!st) {
    take_place(&ps, s);
    add_state(&ps, s);
    add_input(&ps, to);
    add(&ps, "history", CHECKPOINT_F64, s->history.epoch,
        (size_t)s->history.n * N_COLUMNS);
    st = checkpoint_write(to->last, ps.part, ps.n, to->settings, err);
  }
  parts_free(&ps);
  return st;
}

ear_status
fit_save_best(fit_state *s, const fit_saving *to, ear_error *err)
{
  parts ps;
  ear_status st = parts_new(&ps, s->net) ? EAR_OK : no_memory(err);
  if (!st) {
    ps.place[0] = s->best_epoch;
    ps.place[1] = s->best_loss;
    add(&ps, "epoch_and_loss", CHECKPOINT_F64, ps.place, 2);
    add_network(&ps, s->net, s->kept);
    add_input(&ps, to);
    st = checkpoint_write(to->best, ps.part, ps.n, to->settings, err);
  }
  parts_free(&ps);
  return st;
}

static bool
make_room(fit_history *h, size_t n)
{
  h->n = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!fit_history_add(h)) {
      return false;
    }
  }
  return true;
}

static bool
load_history(fit_history *h, const checkpoint *from)
{
  const size_t n = checkpoint_size(from, "history", CHECKPOINT_F64);
  return n % N_COLUMNS == 0 && make_room(h, n / N_COLUMNS) &&
         checkpoint_take(from,
                         &(checkpoint_part){"history", CHECKPOINT_F64, h->epoch, n});
}

ear_status
fit_load(fit_state *s, const checkpoint *from, ear_error *err)
{
  parts ps;
  bool good = parts_new(&ps, s->net);
  ear_status st = good ? EAR_OK : no_memory(err);
  if (good) {
    add_state(&ps, s);
  }
  for (uint32_t i = 0; i < ps.n && good; ++i) {
    good = checkpoint_take(from, &ps.part[i]);
  }
  if (!st && !(good && load_history(&s->history, from))) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "the checkpoint is of another network: begin anew with another -o");
  }
  if (!st) {
    give_place(&ps, s);
  }
  parts_free(&ps);
  return st;
}

ear_status
fit_share(fit_state *s, void (*tell)(void *bytes, size_t n), ear_error *err)
{
  parts ps;
  fit_history h = s->history;
  bool good = parts_new(&ps, s->net);
  tell(&h.n, sizeof h.n);
  if (good && h.n != s->history.n) {
    good = make_room(&s->history, h.n);
  }
  if (good) {
    take_place(&ps, s);
    add_state(&ps, s);
    add(&ps, "history", CHECKPOINT_F64, s->history.epoch, (size_t)h.n * N_COLUMNS);
    for (uint32_t i = 0; i < ps.n; ++i) {
      tell(ps.part[i].value, checkpoint_part_bytes(&ps.part[i]));
    }
    give_place(&ps, s);
  }
  parts_free(&ps);
  return good ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
}

fit_standing
fit_standing_of(const checkpoint *c)
{
  double place[N_PLACE] = {0};
  const bool good =
      checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F64, place, N_PLACE});
  return (fit_standing){good && place[5] == 0, (uint32_t)place[0]};
}
