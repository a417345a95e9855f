/* SPDX-License-Identifier: ISC */
/* JSON lines: one object a line, each line complete when it is written.  The names are a
   contract (docs/user-guide.md); fields may be added, none renamed. */
#include "json.h"
#include "output.h"

static const char *const horizon_name[EAR_N_HORIZONS] = {"momentary", "short",
                                                         "integrated"};

static void
key_string(FILE *out, const char *key, const char *text)
{
  (void)fprintf(out, ",\"%s\":", key);
  json_string(out, text);
}

static void
key_number(FILE *out, const char *key, double number, int decimals)
{
  (void)fprintf(out, ",\"%s\":", key);
  json_number(out, number, decimals);
}

static void
key_range(FILE *out, float low_hz, float high_hz)
{
  if (range_known(low_hz, high_hz)) {
    key_number(out, "low_hz", low_hz, 1);
    key_number(out, "high_hz", high_hz, 1);
  } else {
    (void)fputs(",\"low_hz\":null,\"high_hz\":null", out);
  }
}

/* Labels that can be flagged, each with the threshold in force. */
static void
write_model(const report *r, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  const ear_flag_config *flag = &r->models->flag[m];
  (void)fputs("{\"name\":", r->out);
  json_string(r->out, r->models->name[m]);
  key_string(r->out, "sha256", info->sha256);
  (void)fputs(",\"labels\":[", r->out);
  for (uint32_t l = 0; l < info->n_labels; l++) {
    (void)fputs(l ? "," : "", r->out);
    json_string(r->out, info->label[l]);
  }
  (void)fputs("],\"threshold\":{", r->out);
  const char *comma = "";
  for (uint32_t l = 0; l < info->n_labels; l++) {
    if (can_flag(r->models, m, l)) {
      (void)fputs(comma, r->out);
      json_string(r->out, info->label[l]);
      (void)fputc(':', r->out);
      json_number(r->out, flag->threshold[l], 6);
      comma = ",";
    }
  }
  (void)fputc('}', r->out);
  key_number(r->out, "hysteresis", flag->hysteresis, 6);
  key_number(r->out, "hold_ms", flag->hold_ms, 3);
  key_number(r->out, "min_ms", flag->min_ms, 3);
  key_number(r->out, "tick_s", info->tick_s, 6);
  (void)fputc('}', r->out);
}

static bool
begin(report *r)
{
  (void)fputs("{\"type\":\"start\",\"v\":1", r->out);
  key_string(r->out, "source", r->source);
  key_number(r->out, "rate_hz", r->rate_hz, 3);
  key_number(r->out, "channels", r->n_channels, 0);
  if (r->announced_s > 0) {
    key_number(r->out, "duration_s", r->announced_s, 3);
  }
  key_string(r->out, "program", ear_version());
  (void)fputs(",\"models\":[", r->out);
  for (uint32_t m = 0; m < r->models->n; m++) {
    (void)fputs(m ? "," : "", r->out);
    write_model(r, m);
  }
  (void)fputs("]}\n", r->out);
  return true;
}

static void
key_posteriors(const report *r, const ear_verdict *v, ear_horizon h)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[v->model]);
  (void)fputs(",\"p\":{", r->out);
  for (uint32_t l = 0; l < v->n_labels; l++) {
    (void)fputs(l ? "," : "", r->out);
    json_string(r->out, info->label[l]);
    (void)fputc(':', r->out);
    json_number(r->out, v->p[h][l], 6);
  }
  (void)fputc('}', r->out);
}

static void
verdict(report *r, const ear_verdict *v)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[v->model]);
  for (unsigned h = 0; h < EAR_N_HORIZONS; h++) {
    (void)fputs("{\"type\":\"verdict\"", r->out);
    key_number(r->out, "t", v->t_s, 6);
    key_string(r->out, "model", r->models->name[v->model]);
    key_string(r->out, "horizon", horizon_name[h]);
    key_string(r->out, "label", info->label[v->label[h]]);
    key_posteriors(r, v, (ear_horizon)h);
    (void)fprintf(r->out, ",\"flag\":%s", v->flag[h] ? "true" : "false");
    key_range(r->out, v->low_hz[h], v->high_hz[h]);
    key_number(r->out, "level_dbfs", v->level_dbfs, 2);
    (void)fprintf(r->out, ",\"gated\":%s}\n", v->gated ? "true" : "false");
  }
}

static void
event(report *r, const ear_event *e)
{
  (void)fputs("{\"type\":\"event\"", r->out);
  key_string(r->out, "model", r->models->name[e->model]);
  key_string(r->out, "label", event_label(r, e));
  key_number(r->out, "start_s", e->start_s, 6);
  key_number(r->out, "end_s", e->end_s, 6);
  key_number(r->out, "peak_p", e->peak_p, 6);
  key_range(r->out, e->low_hz, e->high_hz);
  if (e->rejected) {
    (void)fprintf(r->out, ",\"rejected\":true,\"reason\":\"shorter than %g ms\"",
                  r->models->flag[e->model].min_ms);
  }
  (void)fputs("}\n", r->out);
}

static void
end(report *r)
{
  for (uint32_t m = 0; m < r->models->n; m++) {
    const model_tally *t = &r->tally[m];
    const ear_model_info *info = ear_model_info_get(r->models->model[m]);
    (void)fputs("{\"type\":\"summary\"", r->out);
    key_string(r->out, "source", r->source);
    key_string(r->out, "model", r->models->name[m]);
    if (t->n_ticks > 0) {
      key_string(r->out, "label", info->label[t->last.label[EAR_INTEGRATED]]);
      key_posteriors(r, &t->last, EAR_INTEGRATED);
      key_number(r->out, "flagged_fraction", (double)t->n_flagged / (double)t->n_ticks,
                 6);
    } else {
      (void)fputs(",\"label\":null,\"p\":{},\"flagged_fraction\":0", r->out);
    }
    (void)fprintf(r->out, ",\"events\":%u", t->n_events);
    key_number(r->out, "duration_s", r->analysed_s, 6);
    (void)fputs(r->interrupted ? ",\"interrupted\":true}\n" : "}\n", r->out);
  }
}

static void
error(FILE *out, const char *source, const char *message)
{
  (void)fputs("{\"type\":\"error\"", out);
  key_string(out, "source", source);
  key_string(out, "message", message);
  (void)fputs("}\n", out);
}

const output_format out_jsonl = {.name = "jsonl",
                                 .ending = ".jsonl",
                                 .one_file_many = true,
                                 .explains = true,
                                 .by_line = true,
                                 .begin = begin,
                                 .verdict = verdict,
                                 .event = event,
                                 .end = end,
                                 .error = error};
