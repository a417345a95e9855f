/* SPDX-License-Identifier: ISC */
/* A message is checked against its size before it is read; one of another version is
   passed over. */
#include "ui.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- out ---- */

typedef struct {
  LV2_Atom_Object object;
  LV2_Atom_Property_Body property;
} head;

static void
send(ui *u, const LV2_Atom *atom)
{
  u->write(u->controller, PORT_CONTROL, (uint32_t)sizeof *atom + atom->size,
           u->event_transfer, atom);
}

void
ui_atoms_watch(ui *u, wire_watching watching)
{
  struct {
    head h;
    int32_t value, padding;
  } message = {.value = watching};
  if (u->map) {
    message.h.object.atom =
        (LV2_Atom){sizeof message - sizeof(LV2_Atom), u->uris.atom_Object};
    message.h.object.body.otype = u->uris.Watch;
    message.h.property.key = u->uris.watching;
    message.h.property.value = (LV2_Atom){sizeof message.value, u->uris.atom_Int};
    send(u, &message.h.object.atom);
  }
}

void
ui_atoms_get(ui *u)
{
  LV2_Atom_Object get = {.atom = {sizeof get.body, u->uris.atom_Object},
                         .body = {.otype = u->uris.patch_Get}};
  if (u->map) {
    send(u, &get.atom);
  }
}

void
ui_atoms_set_model(ui *u, uint32_t which, const char *path)
{
  struct {
    head h;
    LV2_URID property, padding;
    LV2_Atom_Property_Body value;
    char path[SLOT_PATH_SIZE];
  } message = {.property = u->uris.model[which]};
  const uint32_t n = (uint32_t)strlen(path) + 1;
  const uint32_t fixed =
      (uint32_t)(offsetof(__typeof__(message), path) - sizeof(LV2_Atom));
  if (!u->map || n > sizeof message.path) {
    return;
  }
  message.h.object.atom = (LV2_Atom){fixed + ((n + 7) & ~7u), u->uris.atom_Object};
  message.h.object.body.otype = u->uris.patch_Set;
  message.h.property.key = u->uris.patch_property;
  message.h.property.value = (LV2_Atom){sizeof(LV2_URID), u->uris.atom_URID};
  message.value.key = u->uris.patch_value;
  message.value.value = (LV2_Atom){n, u->uris.atom_Path};
  memcpy(message.path, path, n);
  send(u, &message.h.object.atom);
}

/* ---- in ---- */

/* Whether columns can be drawn by it; not-a-number fails each comparison. */
static bool
has_spectrum(const wire_scene *scene)
{
  return scene->n_bands <= EAR_MAX_BANDS && scene->mel_scale <= EAR_MEL_HTK &&
         scene->low_hz >= 0 && scene->low_hz < scene->high_hz && scene->high_hz <= 1e6f &&
         scene->column_s > 0 && scene->column_s <= 60;
}

static void
read_spectrum(ui *u, const wire_scene *scene)
{
  view_spectrum s = {.n_bands = has_spectrum(scene) ? scene->n_bands : 0,
                     .low_hz = scene->low_hz,
                     .high_hz = scene->high_hz,
                     .scale = (ear_mel_scale)scene->mel_scale,
                     .column_s = scene->column_s,
                     .n_rows = scene->n_rows <= EAR_MAX_ROWS ? scene->n_rows : 0};
  memcpy(s.row_low_hz, scene->row_low_hz, sizeof s.row_low_hz);
  memcpy(s.row_high_hz, scene->row_high_hz, sizeof s.row_high_hz);
  u->n_bands = s.n_bands;
  view_monitor_set_spectrum(u->monitor, &s);
}

static void
show_second(ui *u, uint8_t second)
{
  view_monitor_second(u->monitor, (float)(second & 127) / 100, second > 127);
}

static void
read_history(ui *u, const wire_scene *scene)
{
  if (u->has_history) {
    return;
  }
  const uint32_t n = scene->n_seconds;
  for (uint32_t i = n < WIRE_SECONDS ? 0 : n - WIRE_SECONDS; i < n; ++i) {
    show_second(u, scene->second[i % WIRE_SECONDS]);
  }
  u->n_seconds = n;
  u->has_history = true;
}

static void
read_scene(ui *u, const wire_scene *scene)
{
  const char *label[EAR_MAX_LABELS];
  u->n_labels = scene->n_labels <= EAR_MAX_LABELS ? scene->n_labels : 0;
  for (uint32_t i = 0; i < u->n_labels; ++i) {
    label[i] = scene->label[i];
  }
  u->own_threshold = scene->threshold;
  read_spectrum(u, scene);
  read_history(u, scene);
  view_monitor_labels(u->monitor, u->n_labels, label);
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    snprintf(u->model[s], sizeof u->model[s], "%.63s", scene->name[s]);
    ui_choice_show(u, s);
  }
  ui_settings_changed(u);
}

static void
read_columns(ui *u, const wire_columns *news, uint32_t size)
{
  const uint64_t n_levels = (uint64_t)news->n_columns * news->n_bands;
  if (news->n_columns > WIRE_COLUMNS || news->n_bands > EAR_MAX_BANDS ||
      size < wire_columns_size((uint32_t)n_levels)) {
    return;
  }
  const uint32_t n_rows = news->n_rows <= EAR_MAX_ROWS ? news->n_rows : 0;
  const float set = u->port[PORT_THRESHOLD] / 100;
  u->heard = news->heard;
  u->gated = news->gated;
  view_monitor_tint(&u->column, n_rows, news->row, (double)news->p,
                    (double)(set > 0 ? set : u->own_threshold));
  for (uint32_t t = 0; t < news->n_columns && news->n_bands == u->n_bands; ++t) {
    memcpy(u->column.level, news->level + (size_t)t * news->n_bands, news->n_bands);
    view_monitor_column(u->monitor, &u->column);
  }
  if (news->n_labels && news->n_labels == u->n_labels) {
    view_monitor_classes(u->monitor, news->integrated, news->short_term,
                         news->unsure != 0);
  }
  if (u->has_history && news->n_seconds != u->n_seconds) {
    show_second(u, news->second);
    u->n_seconds = news->n_seconds;
  }
}

static void
read_picture(ui *u, LV2_URID type, const LV2_Atom *value)
{
  const void *body = value + 1;
  if (value->type != u->uris.atom_Chunk || value->size < sizeof(uint32_t) ||
      *(const uint32_t *)body != WIRE_VERSION) {
    return;
  }
  if (type == u->uris.Scene && value->size >= sizeof(wire_scene)) {
    read_scene(u, body);
  } else if (type == u->uris.Columns && value->size >= wire_columns_size(0)) {
    read_columns(u, body, value->size);
  }
}

/* Copy a text that ends within its atom. */
static void
take_text(char *text, size_t size, const LV2_Atom *value)
{
  const char *from = (const char *)(value + 1);
  snprintf(text, size, "%.*s", (int)strnlen(from, value->size), from);
}

static void
read_set(ui *u, const uint8_t *body, uint32_t size)
{
  const LV2_Atom *property = wire_find(body, size, u->uris.patch_property);
  const LV2_Atom *value = wire_find(body, size, u->uris.patch_value);
  if (!property || property->type != u->uris.atom_URID ||
      property->size < sizeof(LV2_URID) || !value) {
    return;
  }
  const LV2_URID urid = ((const LV2_Atom_URID *)property)->body;
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    if (urid == u->uris.model[s]) {
      take_text(u->path[s], sizeof u->path[s], value);
    } else if (urid == u->uris.text[s]) {
      take_text(u->sentence[s], sizeof u->sentence[s], value);
    } else {
      continue;
    }
    ui_choice_show(u, s);
  }
}

void
ui_atoms_read(ui *u, const LV2_Atom *atom, uint32_t size)
{
  if (!u->map || size < sizeof *atom || atom->size > size - sizeof *atom ||
      atom->type != u->uris.atom_Object || atom->size < sizeof(LV2_Atom_Object_Body)) {
    return;
  }
  const LV2_Atom_Object_Body *object = (const void *)(atom + 1);
  if (object->otype == u->uris.patch_Set) {
    read_set(u, (const uint8_t *)object, atom->size);
    return;
  }
  const LV2_Atom *value = wire_find((const uint8_t *)object, atom->size, u->uris.picture);
  if (value) {
    read_picture(u, object->otype, value);
  }
}
