/* SPDX-License-Identifier: ISC */
/* The names are a contract (docs/user-guide.md): fields may be added, none renamed. */
#include "json_record.h"

#include "json.h"

static const char *const horizon_name[EAR_N_HORIZONS] = {"momentary", "short",
                                                         "integrated"};

static void
field_range(FILE *out, float low_hz, float high_hz)
{
  if (range_known(low_hz, high_hz)) {
    json_field_number(out, "low_hz", low_hz, 1);
    json_field_number(out, "high_hz", high_hz, 1);
  } else {
    (void)fputs(",\"low_hz\":null,\"high_hz\":null", out);
  }
}

/* Labels that can be flagged, each with the threshold in force. */
static void
write_model(FILE *out, const report *r, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  const ear_flag_config *flag = &r->models->flag[m];
  (void)fputs("{\"name\":", out);
  json_text(out, r->models->name[m]);
  json_field_string(out, "sha256", info->sha256);
  (void)fputs(",\"labels\":[", out);
  for (uint32_t l = 0; l < info->n_labels; l++) {
    (void)fputs(l ? "," : "", out);
    json_text(out, info->label[l]);
  }
  (void)fputs("],\"threshold\":{", out);
  const char *comma = "";
  for (uint32_t l = 0; l < info->n_labels; l++) {
    if (can_flag(r->models, m, l)) {
      (void)fputs(comma, out);
      json_text(out, info->label[l]);
      (void)fputc(':', out);
      json_number(out, flag->threshold[l], 6);
      comma = ",";
    }
  }
  (void)fputc('}', out);
  json_field_number(out, "hysteresis", flag->hysteresis, 6);
  json_field_number(out, "hold_ms", flag->hold_ms, 3);
  json_field_number(out, "min_ms", flag->min_ms, 3);
  json_field_number(out, "tick_s", info->tick_s, 6);
  if (info->unsure > 0) {
    json_field_number(out, "unsure", (double)info->unsure, 6);
  }
  (void)fputc('}', out);
}

void
json_start(FILE *out, const report *r)
{
  (void)fputs("{\"type\":\"start\",\"v\":1", out);
  json_field_string(out, "source", r->source);
  if (r->rate_hz > 0) { /* a live input that is waited for has none yet */
    json_field_number(out, "rate_hz", r->rate_hz, 3);
    json_field_number(out, "channels", r->n_channels, 0);
  }
  if (r->announced_s > 0) {
    json_field_number(out, "duration_s", r->announced_s, 3);
  }
  json_field_string(out, "program", ear_version());
  (void)fputs(",\"models\":[", out);
  for (uint32_t m = 0; m < r->models->n; m++) {
    (void)fputs(m ? "," : "", out);
    write_model(out, r, m);
  }
  (void)fputs("]}\n", out);
}

static void
field_posteriors(FILE *out, const report *r, const ear_verdict *v, ear_horizon h)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[v->model]);
  (void)fputs(",\"p\":{", out);
  for (uint32_t l = 0; l < v->n_labels; l++) {
    (void)fputs(l ? "," : "", out);
    json_text(out, info->label[l]);
    (void)fputc(':', out);
    json_number(out, v->p[h][l], 6);
  }
  (void)fputc('}', out);
}

/* Of a model that can be unsure. */
static void
field_unsure(FILE *out, const report *r, const ear_verdict *v, ear_horizon h)
{
  if (ear_model_info_get(r->models->model[v->model])->unsure > 0) {
    (void)fprintf(out, ",\"unsure\":%s", v->unsure[h] ? "true" : "false");
  }
}

/* What a model with such heads says beside its labels. */
static void
field_heads(FILE *out, const report *r, const ear_verdict *v, ear_horizon h)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[v->model]);
  if (info->has_severity) {
    json_field_number(out, "severity", v->severity[h], 2);
  }
  for (uint32_t k = 0; k < info->n_harsh_kinds; k++) {
    (void)fputs(k ? "," : ",\"kinds\":{", out);
    json_text(out, info->harsh_kind[k]);
    (void)fputc(':', out);
    json_number(out, v->harsh_kind[h][k], 6);
  }
  (void)fputs(info->n_harsh_kinds ? "}" : "", out);
}

void
json_verdict(FILE *out, const report *r, const ear_verdict *v, ear_horizon h)
{
  const ear_model_info *info = ear_model_info_get(r->models->model[v->model]);
  (void)fputs("{\"type\":\"verdict\"", out);
  json_field_number(out, "t", v->t_s, 6);
  json_field_string(out, "model", r->models->name[v->model]);
  json_field_string(out, "horizon", horizon_name[h]);
  json_field_string(out, "label", info->label[v->label[h]]);
  field_posteriors(out, r, v, h);
  (void)fprintf(out, ",\"flag\":%s", v->flag[h] ? "true" : "false");
  field_range(out, v->low_hz[h], v->high_hz[h]);
  json_field_number(out, "level_dbfs", v->level_dbfs, 2);
  (void)fprintf(out, ",\"gated\":%s", v->gated ? "true" : "false");
  field_unsure(out, r, v, h);
  field_heads(out, r, v, h);
  (void)fputs("}\n", out);
}

void
json_event(FILE *out, const report *r, const ear_event *e)
{
  (void)fputs("{\"type\":\"event\"", out);
  json_field_string(out, "model", r->models->name[e->model]);
  json_field_string(out, "label", event_label(r, e));
  json_field_number(out, "start_s", e->start_s, 6);
  json_field_number(out, "end_s", e->end_s, 6);
  json_field_number(out, "peak_p", e->peak_p, 6);
  field_range(out, e->low_hz, e->high_hz);
  if (e->severity >= 0) {
    json_field_number(out, "severity", e->severity, 2);
  }
  if (event_kind(r, e)) {
    json_field_string(out, "kind", event_kind(r, e));
  }
  (void)fputs(e->unsure ? ",\"unsure\":true" : "", out);
  if (e->rejected) {
    (void)fprintf(out, ",\"rejected\":true,\"reason\":\"shorter than %g ms\"",
                  r->models->flag[e->model].min_ms);
  }
  (void)fputs("}\n", out);
}

void
json_summary(FILE *out, const report *r, uint32_t m)
{
  const model_tally *t = &r->tally[m];
  const ear_model_info *info = ear_model_info_get(r->models->model[m]);
  (void)fputs("{\"type\":\"summary\"", out);
  json_field_string(out, "source", r->source);
  json_field_string(out, "model", r->models->name[m]);
  if (t->n_ticks > 0) {
    json_field_string(out, "label", info->label[t->last.label[EAR_INTEGRATED]]);
    field_posteriors(out, r, &t->last, EAR_INTEGRATED);
    json_field_number(out, "flagged_fraction", (double)t->n_flagged / (double)t->n_ticks,
                      6);
    field_unsure(out, r, &t->last, EAR_INTEGRATED);
    field_heads(out, r, &t->last, EAR_INTEGRATED);
  } else {
    (void)fputs(",\"label\":null,\"p\":{},\"flagged_fraction\":0", out);
  }
  (void)fprintf(out, ",\"events\":%u", t->n_events);
  json_field_number(out, "duration_s", r->analysed_s, 6);
  (void)fputs(r->interrupted ? ",\"interrupted\":true}\n" : "}\n", out);
}

void
json_error(FILE *out, const char *source, const char *message)
{
  (void)fputs("{\"type\":\"error\"", out);
  json_field_string(out, "source", source);
  json_field_string(out, "message", message);
  (void)fputs("}\n", out);
}
