/* SPDX-License-Identifier: ISC */
/* From the answer to the evidence: verdict, figures, sound, picture, events. */
#include "report_section.h"

#include "../view/html.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>

enum { SMALLER = 260 }; /* than a plot: as wide as the page, and half the bytes */

static const char *
name_of(const report *r)
{
  return r->source[0] == '-' && !r->source[1] ? "standard input" : r->source;
}

static uint32_t
n_events(const report *r)
{
  uint32_t n = 0;
  for (uint32_t m = 0; m < r->models->n; m++) {
    n += r->tally[m].n_events;
  }
  return n;
}

/* The words of one model, escaped. */
static void
write_verdict(FILE *out, const report *r, uint32_t m)
{
  char *text = NULL;
  size_t n = 0;
  report copy = *r;
  copy.out = open_memstream(&text, &n);
  if (!copy.out) {
    return;
  }
  say_verdict(&copy, m, 0);
  if (fclose(copy.out) == 0) {
    html_text(out, text);
  }
  free(text);
}

static void
write_head(FILE *out, const report *r)
{
  html_say(out, "<div class=\"head%s\">\n", n_events(r) ? " bad" : "");
  for (uint32_t m = 0; m < r->models->n; m++) {
    html_say(out, "<div><b>%s</b> ", r->models->name[m]);
    write_verdict(out, r, m);
    (void)fputs("</div>\n", out);
  }
  (void)fputs("</div>\n", out);
}

static void
figure(FILE *out, const char *value, const char *what)
{
  html_say(out, "<div><b>%s</b><span>%s</span></div>\n", value, what);
}

static void
write_figures(FILE *out, const report *r, const trace *t)
{
  char word[WORD_SIZE];
  (void)fputs("<div class=\"figures\">\n", out);
  (void)snprintf(word, sizeof word, "%u", n_events(r));
  figure(out, word, n_events(r) == 1 ? "flagged passage" : "flagged passages");
  if (t->worst_s >= 0) {
    const ear_model_info *info = ear_model_info_get(t->models->model[t->worst_model]);
    char what[200], share[WORD_SIZE];
    word_time(word, t->worst_s, 0);
    word_share(share, (double)t->worst_p);
    (void)snprintf(what, sizeof what, "%s second: %.100s %s",
                   t->worst_flagged ? "worst" : "nearest", info->label[t->worst_label],
                   share);
    figure(out, word, what);
  }
  if (t->level) {
    const double lufs = loud_integrated(t->level);
    (void)snprintf(word, sizeof word, "silent");
    if (isfinite(lufs)) {
      (void)snprintf(word, sizeof word, "%.1f LUFS", lufs);
    }
    figure(out, word, "loudness of the whole");
  }
  (void)fputs("</div>\n", out);
}

static void
write_sound(FILE *out, const report *r, const char *way, const char *why)
{
  if (!way) {
    html_say(out, "<p class=\"dim\">%s</p>\n", why);
    return;
  }
  (void)fputs("<audio controls=\"controls\" preload=\"none\" src=\"", out);
  html_link(out, way);
  html_say(
      out,
      "\"></audio>\n<p class=\"trouble\" role=\"alert\" hidden=\"hidden\">This sound "
      "does not play: either %s is no longer where it was when this page was made, "
      "or this browser cannot decode it.</p>\n"
      "<p class=\"dim small hint\">Click an event, or any moment of the picture, to hear "
      "it.</p>\n",
      name_of(r));
}

static void
write_picture(FILE *out, const report *r, const picture *p)
{
  picture bare = *p;
  bare.d.title = bare.d.note = NULL; /* the page has them */
  view_file_size(&bare.d, &bare.w, &bare.h);
  bare.h -= SMALLER * bare.h / bare.w;
  bare.w -= SMALLER;
  const picture_ink day = {&bare, VIEW_LIGHT}, night = {&bare, VIEW_DARK};
  const view_picture light = picture_view(&day, 1), dark = picture_view(&night, 1);
  double from = 0, to = 0;
  char alt[600];
  view_file_span(bare.w, &from, &to);
  html_say(out, "<div class=\"pic\" data-left=\"%.5f\" data-width=\"%.5f\" ",
           from / bare.w, (to - from) / bare.w);
  html_say(out, "data-length=\"%.3f\">\n", r->analysed_s);
  (void)snprintf(alt, sizeof alt,
                 "Likelihood, spectrogram, classes and loudness over time%s%.400s",
                 p->worst_text ? "; " : "", p->worst_text ? p->worst_text : "");
  html_picture(out, &light, &dark, VIEW_SVG, alt);
  (void)fputs("<i class=\"now\" hidden=\"hidden\"></i></div>\n", out);
}

static void
write_event(FILE *out, const report *r, const ear_event *e, bool plays)
{
  char from[WORD_SIZE], to[WORD_SIZE], share[WORD_SIZE], range[WORD_SIZE] = "";
  word_time(from, e->start_s, 1);
  word_time(to, e->end_s, 1);
  word_share(share, (double)e->peak_p);
  if (range_known(e->low_hz, e->high_hz)) {
    word_range(range, e->low_hz, e->high_hz);
  }
  (void)fputs("<tr><td>", out);
  if (plays) {
    html_say(out,
             "<button type=\"button\" class=\"play\" data-from=\"%.3f\" "
             "data-to=\"%.3f\" aria-label=\"Play from %s to %s\">%s</button>",
             e->start_s, e->end_s, from, to, from);
  } else {
    html_text(out, from);
  }
  html_say(out,
           "</td><td>%s</td><td>%s</td><td class=\"any\">%s</td><td "
           "class=\"n\">%s</td></tr>\n",
           to, range, event_label(r, e), share);
}

static void
write_events(FILE *out, const report *r, const trace *t, bool plays)
{
  if (t->n_events == 0) {
    (void)fputs("<p>Nothing was flagged.</p>\n", out);
    return;
  }
  (void)fputs("<div class=\"wide\"><table class=\"events\">\n<thead><tr><th>from</th>"
              "<th>to</th><th>where</th><th>what</th><th class=\"n\">peak</th></tr>"
              "</thead>\n<tbody>\n",
              out);
  for (uint32_t i = 0; i < t->n_events; i++) {
    write_event(out, r, &t->event[i], plays);
  }
  (void)fputs("</tbody></table></div>\n", out);
  if (t->n_dropped) {
    html_say(out, "<p>%u more are left out here; --format csv lists all.</p>\n",
             t->n_dropped);
  }
}

void
report_section_write(FILE *out, size_t i, const report *r, const trace *t,
                     const picture *p, const char *way, const char *silent_why)
{
  html_say(out, "<section class=\"file\" id=\"f%u\">\n<h2>%s</h2>\n", (unsigned)(i + 1),
           name_of(r));
  char *sound = words_of(r, say_sound);
  html_say(out, "<p class=\"dim\">%s</p>\n", sound ? sound : "");
  free(sound);
  write_head(out, r);
  write_figures(out, r, t);
  write_sound(out, r, way, silent_why);
  write_picture(out, r, p);
  write_events(out, r, t, way != NULL);
  (void)fputs("</section>\n", out);
}

void
report_row_write(FILE *out, size_t i, const report *r, const trace *t)
{
  char word[WORD_SIZE];
  html_say(out,
           "<tr><td class=\"any\"><a href=\"#f%u\">%s</a></td><td class=\"n\">%u</td>",
           (unsigned)(i + 1), name_of(r), n_events(r));
  if (t->worst_s >= 0) {
    word_time(word, t->worst_s, 0);
    html_say(out, "<td class=\"n\">%s</td>", word);
    word_share(word, (double)t->worst_p);
    html_say(out, "<td class=\"n\">%s</td>", word);
  } else {
    (void)fputs("<td></td><td></td>", out);
  }
  const double lufs = t->level ? loud_integrated(t->level) : -INFINITY;
  if (isfinite(lufs)) {
    html_say(out, "<td class=\"n\">%.1f</td></tr>\n", lufs);
  } else {
    (void)fputs("<td></td></tr>\n", out);
  }
}
