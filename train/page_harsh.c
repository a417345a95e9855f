/* SPDX-License-Identifier: ISC */
/* First what it does on music and processors that it never met, for that is what it will
   be given. */
#include "page_harsh.h"

#include "../view/html.h"
#include "page_parts.h"

#include <math.h>

static void
share(FILE *f, double v)
{
  if (isfinite(v)) {
    html_say(f, "<td class=\"n\">%.1f %%</td>", 100 * v);
  } else {
    fputs("<td class=\"n\">-</td>", f);
  }
}

static void
number(FILE *f, double v)
{
  if (isfinite(v)) {
    html_say(f, "<td class=\"n\">%.3f</td>", v);
  } else {
    fputs("<td class=\"n\">-</td>", f);
  }
}

static double
percent(double share)
{
  return isfinite(share) ? round(100 * share) : 0;
}

static void
card(FILE *f, double value, const char *format, const char *name)
{
  if (isfinite(value)) {
    fputs("<div><b>", f);
    html_say(f, format[0] == '%' ? "%.1f %%" : "%.3f", value);
    html_say(f, "</b><span>%s</span></div>\n", name);
  }
}

void
page_harsh_headline(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  const page_harsh_cell *c = &h->cell[PAGE_N_CELLS - 1];
  html_say(
      f,
      "<p class=\"head\">Of 100 harsh excerpts it flags <b>%.0f</b>; of 100 clean "
      "ones, by mistake, <b>%.0f</b>. All by artists that it never heard, made harsh "
      "in ways that it never met.</p>\n",
      percent(c->found), percent(c->alarms));
  html_say(
      f,
      "<p class=\"dim\">Measured on %u harsh and %u clean excerpts of %u artists. "
      "What is harsh was made and measured by machine from clean music; no listeners "
      "took part.</p>\n",
      c->n_harsh, c->n_clean, c->n_artists);
  fputs("<div class=\"figures\">\n", f);
  card(f, c->auroc, "0", "area under the ROC curve: 1 is perfect, 0.5 is guessing");
  card(f, 100 * c->balanced, "%", "balanced accuracy: both kinds count the same");
  card(f, 100 * c->pair, "%", "of harsh versions score above their own clean one");
  card(f, 100 * h->metal_alarms, "%", "of untouched metal is flagged: harsh by intent");
  fputs("</div>\n", f);
}

static void
cell(FILE *f, const page_harsh_cell *c)
{
  if (!isfinite(c->auroc)) {
    fputs("<td>-</td>", f);
    return;
  }
  html_say(
      f,
      "<td><b>%.3f</b> <span class=\"dim\">(%.3f to %.3f)</span><br />finds %.0f %%, "
      "false alarms %.0f %%<br /><span class=\"dim small\">regression on hand-made "
      "measures %.3f; %u harsh, %u clean, %u artists</span></td>",
      c->auroc, c->auroc_low, c->auroc_high, percent(c->found), percent(c->alarms),
      c->regression, c->n_harsh, c->n_clean, c->n_artists);
}

void
page_harsh_cells(FILE *f, const page *pg)
{
  const page_harsh_cell *c = pg->harsh->cell;
  fputs("<h2>What it knows, and what is new to it</h2>\n"
        "<p>Large: the area under the ROC curve, with the range that holds 19 of 20 such "
        "tests. Where the last cell is far below the first, it has learned its artists "
        "or its processors instead of harshness.</p>\n"
        "<div class=\"wide\"><table>\n<tr><th></th><th>processors of the training</th>"
        "<th>new processors</th></tr>\n",
        f);
  for (int row = 0; row < 2; ++row) {
    html_say(f, "<tr><th>%s</th>", row ? "new artists" : "artists of the training");
    cell(f, &c[2 * row]);
    cell(f, &c[2 * row + 1]);
    fputs("</tr>\n", f);
  }
  fputs("</table></div>\n", f);
}

void
page_harsh_threshold(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  html_say(
      f,
      "<p>It raises a flag from a likelihood of <b>%.2f</b> on. Of new music it then "
      "flags %.0f %% of what nobody touched and %.0f %% of what went through "
      "harmless processors (gentle tone controls, reverb, light compression). A "
      "higher <code>--threshold</code> gives fewer alarms and misses more.</p>\n",
      h->threshold, percent(h->untouched_alarms), percent(h->neutral_alarms));
}

void
page_harsh_kinds(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  if (h->n_kinds == 0) {
    return;
  }
  fputs(
      "<h2>Which harshness it finds</h2>\n<p class=\"dim\">Excerpts with one kind only, "
      "new artists, at the threshold: found (recall).</p>\n"
      "<div class=\"wide\"><table>\n<tr><th>kind</th><th class=\"n\">processors of the "
      "training</th><th class=\"n\">new processors</th></tr>\n",
      f);
  for (uint32_t k = 0; k < h->n_kinds; ++k) {
    html_say(f, "<tr><td>%s</td>", h->kind[k].name);
    share(f, h->kind[k].known);
    share(f, h->kind[k].fresh);
    fputs("</tr>\n", f);
  }
  fputs("</table></div>\n", f);
  if (isfinite(h->kind_right)) {
    html_say(
        f,
        "<p>Of excerpts with one kind only, new artists and processors, it names the "
        "right one in <b>%.0f %%</b>.</p>\n",
        percent(h->kind_right));
  }
  if (isfinite(h->covered)) {
    html_say(
        f,
        "<p>The range in Hz that it gives holds a true centre of a presence boost or "
        "resonance in <b>%.0f %%</b>.</p>\n",
        percent(h->covered));
  }
}

void
page_harsh_severities(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  const double rank = h->cell[PAGE_N_CELLS - 1].rank;
  fputs("<h2>Does worse sound score higher?</h2>\n", f);
  if (isfinite(rank)) {
    html_say(f,
             "<p>Among versions of one excerpt its likelihood follows the measured "
             "severity with a rank correlation of <b>%.2f</b> (1: always in order, 0: no "
             "relation).</p>\n",
             rank);
  }
  if (isfinite(h->severity_rank)) {
    html_say(
        f,
        "<p>The severity that it tells follows the measured one with <b>%.2f</b>, and "
        "is off by %.0f of 100 on average.</p>\n",
        h->severity_rank, h->severity_error);
  }
  fputs("<div class=\"wide\"><table>\n<tr><th>severity, of 100</th><th class=\"n\">"
        "excerpts</th><th class=\"n\">found</th></tr>\n",
        f);
  for (int k = 0; k < PAGE_N_SEVERITIES; ++k) {
    const page_harsh_severity *s = &h->severity[k];
    html_say(f, "<tr><td>%.0f to %.0f</td><td class=\"n\">%u</td>", s->from, s->to, s->n);
    share(f, s->n ? (double)s->found / s->n : NAN);
    fputs("</tr>\n", f);
  }
  fputs("</table></div>\n", f);
}

void
page_harsh_changes(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  if (h->n_changes == 0) {
    return;
  }
  fputs("<h2>What should change nothing</h2>\n<p class=\"dim\">The same excerpts once "
        "more: how far the likelihood moves, on average and at most, and how many get "
        "another flag.</p>\n"
        "<div class=\"wide\"><table>\n<tr><th>the same sound</th><th class=\"n\">moves by"
        "</th><th class=\"n\">at most</th><th class=\"n\">other flag</th></tr>\n",
        f);
  for (uint32_t k = 0; k < h->n_changes; ++k) {
    html_say(f, "<tr><td>%s</td>", h->change[k].name);
    number(f, h->change[k].moved);
    number(f, h->change[k].most);
    share(f, h->change[k].flipped);
    fputs("</tr>\n", f);
  }
  fputs("</table></div>\n", f);
}

static void
pair(FILE *f, const char *name, const double v[2])
{
  html_say(f, "<tr><td>%s</td>", name);
  share(f, v[0]);
  share(f, v[1]);
  if (isfinite(v[0]) && isfinite(v[1])) {
    html_say(f, "<td class=\"n\">%+.2f</td></tr>\n", 100 * (v[0] - v[1]));
  } else {
    fputs("<td class=\"n\">-</td></tr>\n", f);
  }
}

void
page_harsh_precision(FILE *f, const page *pg)
{
  const page_harsh_rounding *r = &pg->harsh->rounding;
  if (r->n == 0) {
    return;
  }
  html_say(
      f,
      "<h2>What the small numbers cost</h2>\n<p>It was trained with float numbers "
      "and runs with 8-bit ones, which is what makes it fast enough to run live. Both "
      "raise the same flag on <b>%.1f %%</b> of %u excerpts of new artists. All other "
      "figures on this page are those of the 8-bit file, run by the engine that you "
      "use.</p>\n",
      100 * r->same_flag, r->n);
  fputs("<div class=\"wide\"><table>\n<tr><th></th><th class=\"n\">int8</th>"
        "<th class=\"n\">float</th><th class=\"n\">points</th></tr>\n",
        f);
  pair(f, "balanced accuracy at the threshold", r->balanced);
  pair(f, "area under the ROC curve", r->auroc);
  fputs("</table></div>\n", f);
}

static void
table(FILE *f, const page *pg, uint32_t from, uint32_t to, const char *head,
      const char *words)
{
  if (from == to) {
    return;
  }
  html_say(f, "<h2>%s</h2>\n<p>%s</p>\n", head, words);
  page_mistake_rows(f, pg, from, to);
}

void
page_harsh_mistakes(FILE *f, const page *pg)
{
  const uint32_t n = pg->harsh->n_alarms;
  table(f, pg, 0, n, "Its worst false alarms",
        "Clean music that it is surest is harsh. Listen: is it harsh after all, by "
        "intent? The excerpts lie in this folder.");
  table(f, pg, n, pg->n_mistakes, "The worst that it missed",
        "Harsh versions that it is surest are clean, with what was done to them and how "
        "severe it measured.");
}
