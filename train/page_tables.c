/* SPDX-License-Identifier: ISC */
/* Rows come in the order of the data; a figure that is not known is a dash. */
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

void
page_classes(FILE *f, const page *pg)
{
  const metrics *m = &pg->judged->int8;
  fputs("<h2>Each class</h2>\n<p class=\"dim\">Found: of all sounds of the class. Right: "
        "of all that was said to be it. F1 joins both.",
        f);
  fputs(pg->threshold ? " From the threshold on it raises a flag.</p>\n" : "</p>\n", f);
  fputs("<div class=\"wide\"><table>\n<tr><th>class</th><th class=\"n\">clips</th>"
        "<th class=\"n\">found (recall)</th><th class=\"n\">right (precision)</th>"
        "<th class=\"n\">F1</th>",
        f);
  fputs(pg->threshold ? "<th class=\"n\">threshold</th></tr>\n" : "</tr>\n", f);
  for (uint32_t l = 0; l < pg->n_labels; ++l) {
    html_say(f, "<tr><td>%s</td><td class=\"n\">%u</td>", page_label(pg, l),
             m->support[l]);
    share(f, m->support[l] ? m->recall[l] : NAN);
    share(f, m->precision[l]);
    share(f, m->f1[l]);
    if (pg->threshold && pg->threshold[l] > 1) {
      fputs("<td class=\"n\">never</td>", f);
    } else if (pg->threshold) {
      html_say(f, "<td class=\"n\">%.2f</td>", (double)pg->threshold[l]);
    }
    fputs("</tr>\n", f);
  }
  fputs("</table></div>\n", f);
  if (pg->temperature > 0 && fabs(pg->temperature - 1) > 1e-6) {
    html_say(
        f,
        "<p class=\"dim\">Its certainty is divided by a temperature of %.3f, found on "
        "the validation side.</p>\n",
        pg->temperature);
  }
}

static void
clock_time(FILE *f, double s)
{
  html_say(f, "%.0f:%02.0f", floor(s / 60), fmod(floor(s), 60));
}

static void
mistake(FILE *f, const page *pg, const page_mistake *m)
{
  html_say(f, "<tr><td class=\"any\">%s</td><td class=\"n\">", m->file);
  if (m->to_s > 0) {
    clock_time(f, m->from_s);
  } else {
    putc('-', f);
  }
  fputs("</td><td>", f);
  page_truth(f, pg, m->truth, m->truths);
  html_say(f,
           "</td><td class=\"bad\">%s</td><td class=\"n\">%.0f %%</td>"
           "<td class=\"n\">%.0f %%</td><td>",
           page_label(pg, m->said), 100 * m->p_said, 100 * m->p_truth);
  if (m->link) {
    fputs("<audio controls=\"controls\" preload=\"none\" src=\"", f);
    html_link(f, m->link);
    if (m->to_s > 0) {
      html_say(f, "#t=%.1f,%.1f", m->from_s, m->to_s);
    }
    fputs("\"></audio>", f);
  }
  fputs("</td></tr>\n", f);
}

void
page_mistake_rows(FILE *f, const page *pg, uint32_t from, uint32_t to)
{
  fputs("<div class=\"wide\"><table>\n<tr><th>file</th><th class=\"n\">time</th>"
        "<th>it is</th><th>the model said</th><th class=\"n\">how sure</th>"
        "<th class=\"n\">truth got</th><th>listen</th></tr>\n",
        f);
  for (uint32_t i = from; i < to; ++i) {
    mistake(f, pg, &pg->mistake[i]);
  }
  fputs("</table></div>\n", f);
}

void
page_mistakes(FILE *f, const page *pg)
{
  if (pg->n_mistakes == 0) {
    return;
  }
  fputs(
      "<h2>Its worst mistakes</h2>\n<p>Where it was surest and yet wrong. Listen at the "
      "time given: a wrong label in your data is a mistake too, and worth more than "
      "another epoch.</p>\n",
      f);
  page_mistake_rows(f, pg, 0, pg->n_mistakes);
}

static void
pair(FILE *f, const char *name, double int8, double flt)
{
  html_say(f, "<tr><td>%s</td>", name);
  share(f, int8);
  share(f, flt);
  if (isfinite(int8) && isfinite(flt)) {
    html_say(f, "<td class=\"n\">%+.1f</td></tr>\n", 100 * (int8 - flt));
  } else {
    fputs("<td class=\"n\">-</td></tr>\n", f);
  }
}

void
page_precision(FILE *f, const page *pg)
{
  const side_figures *sf = pg->judged;
  if (!sf || !sf->has_float) {
    return;
  }
  html_say(
      f,
      "<h2>What the small numbers cost</h2>\n<p>It was trained with float numbers and "
      "runs with 8-bit ones, which is what makes it fast enough to run live. Both "
      "give the same %s for <b>%.1f %%</b> of the clips. All other figures on "
      "this page are those of the 8-bit file, run by the engine that you use.</p>\n",
      sf->int8.many ? "labels" : "label", 100 * sf->agreement);
  fputs("<div class=\"wide\"><table>\n<tr><th></th><th class=\"n\">int8</th>"
        "<th class=\"n\">float</th><th class=\"n\">points</th></tr>\n",
        f);
  pair(f, sf->int8.many ? "exactly right" : "accuracy", sf->int8.accuracy,
       sf->flt.accuracy);
  pair(f, "balanced accuracy", sf->int8.balanced, sf->flt.balanced);
  pair(f, "macro-F1", sf->int8.macro_f1, sf->flt.macro_f1);
  pair(f, "area under the ROC curve", sf->int8.auroc, sf->flt.auroc);
  pair(f, "calibration error", sf->int8.ece, sf->flt.ece);
  fputs("</table></div>\n", f);
}

void
page_probes(FILE *f, const page *pg)
{
  if (pg->n_probes == 0) {
    return;
  }
  fputs("<h2>What it says when there is no music</h2>\n<div class=\"wide\"><table>\n"
        "<tr><th>given</th><th>it says</th><th class=\"n\">how "
        "sure</th><th>flag</th></tr>\n",
        f);
  for (uint32_t i = 0; i < pg->n_probes; ++i) {
    const page_probe *p = &pg->probe[i];
    html_say(f, "<tr><td>%s</td><td>%s</td>", p->name, page_label(pg, p->said));
    share(f, p->said < pg->n_labels ? p->p : NAN);
    fputs(p->flagged ? "<td class=\"bad\">yes</td></tr>\n" : "<td>no</td></tr>\n", f);
  }
  fputs("</table></div>\n", f);
}
