/* SPDX-License-Identifier: ISC */
/* A sound with several labels is no row of a confusion matrix: each label is there or
   not, named or not.  In the headline a label counts once for each sound. */
#include "../view/html.h"
#include "page_parts.h"

#include <math.h>
#include <string.h>

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
card(FILE *f, double v, const char *name)
{
  if (isfinite(v)) {
    html_say(f, "<div><b>%.1f %%</b><span>%s</span></div>\n", 100 * v, name);
  }
}

/* A label over all clips, from a likelihood on. */
typedef struct {
  uint32_t there, named, right;
} tally;

static tally
tally_of(const predictions *pr, uint32_t l, float threshold)
{
  tally t = {0};
  for (uint32_t i = 0; i < pr->n; ++i) {
    const bool there = prediction_true(pr, i, l);
    const bool named = pr->p[(size_t)i * pr->n_labels + l] >= threshold;
    t.there += there;
    t.named += named;
    t.right += there && named;
  }
  return t;
}

static double
ratio(uint32_t a, uint32_t b)
{
  return b ? (double)a / b : NAN;
}

void
page_many_headline(FILE *f, const page *pg)
{
  const side_figures *sf = pg->judged;
  const metrics *m = &sf->int8;
  const bool valid = !strcmp(sf->side, "valid");
  tally all = {0};
  for (uint32_t l = 0; pg->clips && l < pg->n_labels; ++l) {
    const tally t = tally_of(pg->clips, l, 0.5f);
    all = (tally){all.there + t.there, all.named + t.named, all.right + t.right};
  }
  const double found = ratio(all.right, all.there), right = ratio(all.right, all.named);
  fputs("<p class=\"head\">A sound may have several labels. ", f);
  if (isfinite(found)) {
    html_say(f, "Of 100 labels of sounds that it did not train on, it names <b>%.0f</b>",
             round(100 * found));
    if (isfinite(right)) {
      html_say(f, "; of 100 that it names, <b>%.0f</b> are right", round(100 * right));
    }
    fputs(".", f);
  }
  fputs("</p>\n", f);
  html_say(f,
           "<p class=\"dim\">Measured on the %s side of the split: %u clips of %u groups "
           "(artists, albums, sessions), none of which took part in training%s. A label "
           "is named from a likelihood of 50 %% on.</p>\n",
           valid ? "validation" : sf->side, m->n, sf->n_groups,
           valid ? "; but the training was watched and tuned by them, which flatters a "
                   "little"
                 : "");
  fputs("<div class=\"figures\">\n", f);
  card(f, m->macro_f1, "macro-F1: the mean over the labels");
  card(f, m->auroc, "area under the ROC curve, mean");
  card(f, m->accuracy, "of the clips exactly right: all labels and no other");
  card(f, pg->chosen ? pg->chosen->int8.macro_f1 : NAN, "macro-F1, validation side");
  fputs("</div>\n", f);
}

static void
label_row(FILE *f, const page *pg, uint32_t l)
{
  const metrics *m = &pg->judged->int8;
  html_say(f, "<tr><td>%s</td><td class=\"n\">%u</td>", page_label(pg, l), m->support[l]);
  share(f, m->support[l] ? m->recall[l] : NAN);
  share(f, m->precision[l]);
  share(f, m->f1[l]);
  if (isfinite(m->auroc_of[l])) {
    html_say(f, "<td class=\"n\">%.3f</td>", m->auroc_of[l]);
  } else {
    fputs("<td class=\"n\">-</td>", f);
  }
  if (pg->threshold && pg->threshold[l] > 1) {
    fputs("<td class=\"n\">never</td><td class=\"n\">-</td><td class=\"n\">-</td>", f);
  } else if (pg->threshold && pg->clips) {
    const tally t = tally_of(pg->clips, l, pg->threshold[l]);
    html_say(f, "<td class=\"n\">%.2f</td>", (double)pg->threshold[l]);
    share(f, ratio(t.right, t.there));
    share(f, ratio(t.right, t.named));
  }
  fputs("</tr>\n", f);
}

void
page_many_labels(FILE *f, const page *pg)
{
  const bool flags = pg->threshold && pg->clips;
  html_say(
      f,
      "<p class=\"dim\">Found: of all sounds that have the label. Right: of all that "
      "were given it, from a likelihood of 50 %% on. F1 joins both. Area: under the "
      "ROC curve, 0.5 is guessing.%s</p>\n",
      flags ? " A flag is raised from the threshold on; found and right then stand "
              "beside it."
            : "");
  fputs("<div class=\"wide\"><table>\n<tr><th>label</th><th class=\"n\">clips</th>"
        "<th class=\"n\">found (recall)</th><th class=\"n\">right (precision)</th>"
        "<th class=\"n\">F1</th><th class=\"n\">area</th>",
        f);
  fputs(flags ? "<th class=\"n\">threshold</th><th class=\"n\">flags: found</th>"
                "<th class=\"n\">right</th></tr>\n"
              : "</tr>\n",
        f);
  for (uint32_t l = 0; l < pg->n_labels; ++l) {
    label_row(f, pg, l);
  }
  fputs("</table></div>\n", f);
  if (pg->judged->int8.n_undecided) {
    html_say(
        f,
        "<p>%u clips got no verdict, because they are too short or silent: all their "
        "labels count as missed.</p>\n",
        pg->judged->int8.n_undecided);
  }
}
