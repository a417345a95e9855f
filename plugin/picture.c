/* SPDX-License-Identifier: ISC */
/* Nothing is made or told while nobody watches, but for one byte of history a second. */
#include "picture.h"
#include "messages.h"
#include "outputs.h"

#include <string.h>

enum { MOST_WAIT = 64 }; /* columns, in the ring of the analysis */

static const double watch_s = 3, pause_s = 0.035; /* between two messages */

/* The slot whose columns are shown: the first that sees a spectrum. */
static const slot_result *
shown(const plugin *pl, uint32_t *model)
{
  for (*model = 0; *model < N_SLOTS; ++*model) {
    const slot_result *result = pl->result[*model];
    if (result && result->column_s > 0) {
      return result;
    }
  }
  *model = EAR_MAX_MODELS;
  return NULL;
}

/* What an earlier watch left behind. */
static void
forget_columns(plugin *pl)
{
  ear_column column;
  for (int i = 0; i < MOST_WAIT && ear_live_pop_column(pl->live, &column); ++i) {
  }
}

/* Make columns of the right model, or of none. */
static void
watch_model(plugin *pl)
{
  picture *pc = &pl->picture;
  uint32_t model = EAR_MAX_MODELS;
  if (pc->left_s > 0) {
    shown(pl, &model);
  }
  if (pl->live && (pc->watching != (pc->left_s > 0) || pc->model != model)) {
    ear_live_watch(pl->live, model);
    pc->watching = pc->left_s > 0;
    pc->model = model;
    pc->n_columns = 0;
    forget_columns(pl);
  }
}

void
picture_watch(plugin *pl, int32_t watching)
{
  picture *pc = &pl->picture;
  pc->scene_due |= watching == WIRE_OPENED || (watching && pc->left_s <= 0);
  pc->left_s = watching ? watch_s : 0;
}

static void
remember(plugin *pl, double passed_s)
{
  picture *pc = &pl->picture;
  const float p = pl->harsh[EAR_SHORT];
  const uint8_t now = (uint8_t)(p + 0.5f), flag = outputs_flag(pl) ? 128 : 0;
  const uint8_t level = (pc->most & 127) > now ? pc->most & 127 : now;
  pc->most = (uint8_t)(level | (pc->most & 128) | flag);
  pc->second_s += passed_s;
  if (pc->second_s >= 1) {
    pc->second_s = passed_s < 1 ? pc->second_s - 1 : 0; /* no more than one at once */
    pc->second[pc->n_seconds++ % WIRE_SECONDS] = pc->most;
    pc->most = 0;
  }
}

static void
fetch_columns(plugin *pl)
{
  picture *pc = &pl->picture;
  ear_column column;
  for (int i = 0; i < WIRE_COLUMNS && ear_live_pop_column(pl->live, &column); ++i) {
    if (column.model == pc->model && pc->n_columns < WIRE_COLUMNS) {
      pc->column[pc->n_columns++] = column;
    }
  }
}

void
picture_advance(plugin *pl, uint32_t n)
{
  picture *pc = &pl->picture;
  const double passed_s = pl->live ? n / pl->rate_hz : 0; /* else the rate is anything */
  if (pl->live) {
    remember(pl, passed_s);
    watch_model(pl);
    if (pc->watching) {
      fetch_columns(pl);
    }
  }
  pc->since_s += passed_s;
  pc->left_s = pc->left_s > passed_s ? pc->left_s - passed_s : 0;
}

/* An object with one chunk of `size` bytes, which the caller fills; NULL: no room. */
static void *
append_chunk(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity, LV2_URID type,
             uint32_t size)
{
  struct {
    LV2_Atom_Event event;
    LV2_Atom_Object_Body object;
    LV2_Atom_Property_Body property;
  } *message = messages_append(sequence, capacity, sizeof *message + size);
  if (!message) {
    return NULL;
  }
  message->event.body.type = pl->uris.atom_Object;
  message->event.body.size =
      (uint32_t)(sizeof *message - sizeof message->event) + ((size + 7) & ~7u);
  message->object.otype = type;
  message->property.key = pl->uris.picture;
  message->property.value = (LV2_Atom){size, pl->uris.atom_Chunk};
  return message + 1;
}

static void
fill_spectrum(wire_scene *scene, const slot_result *result)
{
  scene->n_bands = result->front_end.n_bands;
  scene->low_hz = result->front_end.low_hz;
  scene->high_hz = result->front_end.high_hz;
  scene->mel_scale = result->front_end.scale;
  scene->column_s = (float)result->column_s;
}

static bool
write_scene(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity)
{
  const picture *pc = &pl->picture;
  wire_scene *scene = append_chunk(pl, sequence, capacity, pl->uris.Scene, sizeof *scene);
  if (!scene) {
    return false;
  }
  uint32_t model;
  const slot_result *spectrum = shown(pl, &model);
  const slot_result *harsh = pl->result[SLOT_HARSHNESS];
  const slot_result *class = pl->result[SLOT_CLASSIFIER];
  scene->version = WIRE_VERSION;
  scene->threshold = 1;
  scene->n_seconds = pc->n_seconds;
  memcpy(scene->second, pc->second, sizeof pc->second);
  if (spectrum) {
    fill_spectrum(scene, spectrum);
  }
  if (harsh) {
    scene->threshold = harsh->threshold;
    scene->n_rows = model == SLOT_HARSHNESS ? harsh->n_rows : 0;
    memcpy(scene->row_low_hz, harsh->row_low_hz, sizeof scene->row_low_hz);
    memcpy(scene->row_high_hz, harsh->row_high_hz, sizeof scene->row_high_hz);
    memcpy(scene->name[0], harsh->model, sizeof scene->name[0]);
  }
  if (class) {
    scene->n_labels = class->n_labels;
    memcpy(scene->label, class->label, sizeof scene->label);
    memcpy(scene->name[1], class->model, sizeof scene->name[1]);
  }
  return true;
}

static void
fill_verdicts(const plugin *pl, wire_columns *news)
{
  const ear_verdict *harsh = &pl->verdict[SLOT_HARSHNESS];
  const ear_verdict *class = &pl->verdict[SLOT_CLASSIFIER];
  if (harsh->n_labels) {
    news->n_rows = harsh->n_rows;
    memcpy(news->row, harsh->momentary, sizeof news->row);
    news->p = pl->harsh[EAR_MOMENTARY] / 100;
    news->gated = harsh->gated;
    news->heard = 1;
  }
  news->n_labels = class->n_labels;
  news->unsure = class->unsure[EAR_INTEGRATED];
  memcpy(news->integrated, class->p[EAR_INTEGRATED], sizeof news->integrated);
  memcpy(news->short_term, class->p[EAR_SHORT], sizeof news->short_term);
}

static bool
write_columns(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity)
{
  picture *pc = &pl->picture;
  const uint32_t n_bands = pc->n_columns ? pc->column[0].n_bands : 0;
  uint32_t n = 0;
  while (n < pc->n_columns && pc->column[n].n_bands == n_bands) {
    ++n;
  }
  wire_columns *news = append_chunk(pl, sequence, capacity, pl->uris.Columns,
                                    wire_columns_size(n * n_bands));
  if (!news) {
    return false;
  }
  news->version = WIRE_VERSION;
  news->n_columns = n;
  news->n_bands = n_bands;
  news->n_seconds = pc->n_seconds;
  news->second = pc->n_seconds ? pc->second[(pc->n_seconds - 1) % WIRE_SECONDS] : 0;
  fill_verdicts(pl, news);
  for (uint32_t t = 0; t < n; ++t) {
    memcpy(news->level + (size_t)t * n_bands, pc->column[t].level, n_bands);
  }
  return true;
}

void
picture_write(plugin *pl, LV2_Atom_Sequence *sequence, uint32_t capacity)
{
  picture *pc = &pl->picture;
  if (pc->left_s <= 0) {
    return;
  }
  if (pc->scene_due) {
    pc->scene_due = !write_scene(pl, sequence, capacity);
  }
  if (!pc->scene_due && pc->since_s >= pause_s && write_columns(pl, sequence, capacity)) {
    pc->n_columns = 0;
    pc->since_s = 0;
  }
}
