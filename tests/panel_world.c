/* SPDX-License-Identifier: ISC */
/* A scene is the usual session of two models, changed in what it is about. */
#include "panel_world.h"

#include "model.h"
#include "small_model.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CLEAN, HARSH };

const char *const world_scenes[] = {
    "start",  "silence", "clean",    "harsh",  "under", "waiting", "drops",  "classes",
    "labels", "several", "channels", "no-rms", "mono",  "genre",   "unsure", NULL};

void
world_model(panel_world *w, const char *name, bool harshness, const char *const *label,
            uint32_t n_labels)
{
  static const int8_t weight[16 * EAR_MAX_LABELS];
  static const int32_t bias[EAR_MAX_LABELS];
  float scale[EAR_MAX_LABELS];
  small_model m;
  small_model_make(&m);
  ear_model_spec *spec = &m.spec;
  ear_layer *dense = &spec->layer[spec->n_layers - 1];
  spec->name = name;
  spec->task = harshness ? "harshness" : "classifier";
  spec->n_labels = dense->n_out = n_labels;
  dense->weight = weight;
  dense->bias = bias;
  dense->weight_scale = scale;
  for (uint32_t l = 0; l < n_labels; ++l) {
    spec->label[l] = label[l];
    spec->threshold[l] = harshness && l > 0 ? 0.5f : 2;
    scale[l] = 1;
  }
  uint8_t *bytes = NULL;
  size_t n = 0;
  ear_error err = {""};
  ear_model *model = NULL;
  const bool ok = !ear_model_write(spec, &bytes, &n, &err) &&
                  !ear_model_parse(&model, bytes, n, &err);
  assert(ok);
  free(bytes);
  const uint32_t i = ok ? w->models.n++ : 0;
  w->models.model[i] = model;
  w->models.name[i] = strdup(name);
  w->models.flag[i] = ear_flag_config_default(model);
}

void
world_verdict(panel_world *w, uint32_t model, uint32_t label, const float p[3],
              float low_hz, float high_hz)
{
  model_tally *t = &w->r.tally[model];
  ear_verdict *v = &t->last;
  const uint32_t n = ear_model_info_get(w->models.model[model])->n_labels;
  *v = (ear_verdict){.t_s = 205.4, .model = model, .n_labels = n, .level_dbfs = -18.25f};
  for (int h = 0; h < EAR_N_HORIZONS; ++h) {
    float rest = 1 - p[h];
    for (uint32_t l = 0; l < n; ++l) { /* each half of what is left */
      const bool last = l + 1 == n || (l + 2 == n && label == n - 1);
      v->p[h][l] = l == label ? p[h] : last ? rest : rest / 2;
      rest -= l == label ? 0 : v->p[h][l];
      v->label[h] = v->p[h][l] > v->p[h][v->label[h]] ? (uint8_t)l : v->label[h];
      v->flag[h] |= v->p[h][l] >= w->models.flag[model].threshold[l];
    }
    v->low_hz[h] = low_hz;
    v->high_hz[h] = high_hz;
  }
  t->n_ticks = 2500;
}

static void
usual_models(panel_world *w)
{
  static const char *const harsh[] = {"clean", "harsh"};
  static const char *const genre[] = {"blues", "metal", "rock", "jazz"};
  world_model(w, "harshness", true, harsh, 2);
  world_model(w, "genre", false, genre, 4);
}

static void
usual(panel_world *w)
{
  *w = (panel_world){.input = {.rate_hz = 48000, .n_channels = 2, .block = 256}};
  strcpy(w->input.name, "JACK client earshot");
  w->r = (report){.source = "live",
                  .models = &w->models,
                  .rate_hz = 48000,
                  .n_channels = 2,
                  .analysed_s = 205.4};
  w->s = (live_status){.report = &w->r,
                       .input = &w->input,
                       .running = true,
                       .clock_s = 205.6,
                       .age_s = 0.26,
                       .n_peaks = 2,
                       .peak = {0.5f, 0.354f},
                       .n_rms = 2,
                       .rms = {0.126f, 0.1f}};
  usual_models(w);
  world_verdict(w, 0, HARSH, (const float[3]){0.12f, 0.08f, 0.05f}, 0, 0);
  world_verdict(w, 1, 2, (const float[3]){0.7f, 0.61f, 0.5f}, 0, 0);
}

static void
harsh(panel_world *w, float p)
{
  world_verdict(w, 0, HARSH, (const float[3]){p, p - 0.06f, 0.31f}, 2900, 4100);
  model_tally *t = &w->r.tally[0];
  t->n_flagged = 300;
  t->n_events = 3;
  t->worst = (ear_event){.label = HARSH, .start_s = 12, .end_s = 15, .peak_p = 0.97f};
}

static void
no_verdicts(panel_world *w)
{
  memset(w->r.tally, 0, sizeof w->r.tally);
  w->s.age_s = -1;
}

static void
many_classes(panel_world *w)
{
  static const char *const labels[] = {"Electronic", "Experimental", "Folk",
                                       "Hip-Hop",    "Instrumental", "International",
                                       "Pop",        "Rock",         "Drum and Bass"};
  static const char *const faults[] = {"ok", "clipping", "sibilance"};
  world_model(w, "genre-9", false, labels, 9);
  world_verdict(w, 2, 4, (const float[3]){0.4f, 0.45f, 0.5f}, 0, 0);
  world_model(w, "faults", true, faults, 3);
  world_verdict(w, 3, 0, (const float[3]){0.8f, 0.9f, 0.95f}, 0, 0);
}

/* What a custom model may carry: long, wide, combining, steering, joined; and a device
   whose name would control the terminal. */
static void
odd_labels(panel_world *w)
{
  static const char *const labels[] = {
      "\xe9\x9f\xb3\xe6\xa5\xbd\xe3\x81\xae\xe7\xa8\xae\xe9\xa1\x9e\xe3\x81\xaf\xe9\x95"
      "\xb7\xe3\x81\x84\xe5\x90\x8d\xe5\x89\x8d",
      "a label that goes on far beyond what any column holds",
      "Z\xcc\x80\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85 algo",
      "\xe2\x80\xae"
      "thgir ot tfel",
      "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8e\xa4 singer"};
  static const char *const faults[] = {"gut", "\xc3\x9c"
                                              "berh\xc3\xb6ht \xf0\x9f\x94\x8a"};
  world_model(w, "\xe9\x9f\xb3\xe6\xa5\xbd\xe3\x81\xae\xe7\xa8\xae\xe9\xa1\x9e", false,
              labels, 5);
  world_verdict(w, 2, 0, (const float[3]){0.5f, 0.6f, 0.5f}, 0, 0);
  world_model(w, "\xc3\x9c", true, faults, 2);
  world_verdict(w, 3, 1, (const float[3]){0.8f, 0.9f, 0.95f}, 900, 1400);
  strcpy(w->input.name, "ALSA: K\xc3\xb6nig \x1b]0;x\x07 USB \xe9\x9f\xb3 with a name "
                        "that is far too long for any header of a panel");
}

static bool
change(panel_world *w, const char *scene)
{
  if (strcmp(scene, "start") == 0) {
    no_verdicts(w);
    w->s.clock_s = 0.3;
  } else if (strcmp(scene, "silence") == 0) {
    w->s.peak[0] = w->s.peak[1] = w->s.rms[0] = w->s.rms[1] = 0;
    w->r.tally[0].last.gated = w->r.tally[1].last.gated = true;
    w->r.tally[0].last.level_dbfs = w->r.tally[1].last.level_dbfs = -200;
  } else if (strcmp(scene, "harsh") == 0) {
    harsh(w, 0.93f);
    w->s.peak[0] = 1.02f;
  } else if (strcmp(scene, "under") == 0) {
    harsh(w, 0.49f);
  } else if (strcmp(scene, "waiting") == 0) {
    harsh(w, 0.93f);
    w->s.running = false;
    strcpy(w->input.name, "the JACK server");
  } else if (strcmp(scene, "drops") == 0) {
    w->s.xruns = 12;
    w->s.stats.overruns = 3;
    w->s.stats.samples_lost = 12000;
    w->s.stats.lost_reports = 4;
    w->s.n_reconnects = 2;
    w->s.age_s = 5.25;
    w->s.clock_s = 100000;
  } else if (strcmp(scene, "classes") == 0) {
    many_classes(w);
  } else if (strcmp(scene, "labels") == 0) {
    odd_labels(w);
  } else if (strcmp(scene, "several") == 0) {
    harsh(w, 0.9f);
    many_classes(w);
    world_verdict(w, 3, 1, (const float[3]){0.8f, 0.9f, 0.95f}, 0, 0);
  } else if (strcmp(scene, "channels") == 0) {
    w->s.n_peaks = w->s.n_rms = w->input.n_channels = MAX_CHANNELS;
    w->s.peak[40] = 0.9f;
  } else if (strcmp(scene, "no-rms") == 0) {
    w->s.n_rms = 0;
  } else if (strcmp(scene, "unsure") == 0) {
    world_verdict(w, 1, 2, (const float[3]){0.4f, 0.35f, 0.5f}, 0, 0);
    w->r.tally[1].last.unsure[EAR_SHORT] = true;
  } else if (strcmp(scene, "mono") == 0) {
    w->s.n_peaks = w->s.n_rms = w->input.n_channels = 1;
  }
  return true;
}

bool
world_make(panel_world *w, const char *scene)
{
  usual(w);
  if (strcmp(scene, "genre") == 0) { /* a model alone that flags nothing */
    model_set_close(&w->models);
    static const char *const genre[] = {"blues", "metal", "rock", "jazz"};
    world_model(w, "genre", false, genre, 4);
    world_verdict(w, 0, 2, (const float[3]){0.7f, 0.61f, 0.5f}, 0, 0);
  }
  return change(w, scene);
}

void
world_free(panel_world *w)
{
  model_set_close(&w->models);
}
