/* SPDX-License-Identifier: ISC */
/* What to do next: advice only where a figure of this run calls for it. */
#include "../view/html.h"
#include "page_harsh.h"
#include "page_parts.h"

#include <math.h>

enum { FEW = 10 }; /* clips of a class to judge by */

static uint32_t
advise_classes(FILE *f, const page *pg)
{
  const metrics *m = &pg->judged->int8;
  uint32_t said = 0, worst = pg->n_labels;
  for (uint32_t l = 0; l < pg->n_labels; ++l) {
    if (m->support[l] && (worst == pg->n_labels || m->recall[l] < m->recall[worst])) {
      worst = l;
    }
    if (m->support[l] < FEW && said < 3) {
      html_say(
          f,
          "<li>Collect more <b>%s</b>, from other artists or sessions: of the clips that "
          "judge, only %u %s of that class.</li>\n",
          page_label(pg, l), m->support[l], m->support[l] == 1 ? "is" : "are");
      ++said;
    }
  }
  if (worst < pg->n_labels && m->recall[worst] < 0.8 && m->support[worst] >= FEW) {
    html_say(
        f,
        "<li>Listen to the mistakes of <b>%s</b>, its weakest class (%.0f %% found): "
        "are they labelled right, and is there enough variety?</li>\n",
        page_label(pg, worst), 100 * m->recall[worst]);
    ++said;
  }
  return said;
}

static uint32_t
advise_training(FILE *f, const page *pg)
{
  const fit_history *h = pg->history;
  uint32_t said = 0;
  if (!h || h->n < 3) {
    return 0;
  }
  const fit_epoch *last = &h->epoch[h->n - 1];
  double best = INFINITY;
  for (uint32_t i = 0; i < h->n; ++i) {
    const double v = h->epoch[i].valid_loss;
    best = v >= 0 ? fmin(best, v) : best;
  }
  if (last->valid_loss >= 0 && last->valid_loss <= best) {
    html_say(f,
             pg->harsh ? "<li>It still got better in its last epoch: train longer "
                         "(<code>epochs %u</code> in the recipe).</li>\n"
                       : "<li>It still got better in its last epoch: train longer "
                         "(<code>--epochs %u</code>).</li>\n",
             2 * h->n);
    ++said;
  }
  if (last->valid_loss > 1.3 * best && last->loss < best / 2) {
    fputs("<li>It learned its training sounds by heart. More recordings help more than "
          "more "
          "epochs.</li>\n",
          f);
    ++said;
  }
  return said;
}

/* One line for all signals on which it should have kept still. */
static uint32_t
advise_background(FILE *f, const page *pg)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < pg->n_probes; ++i) {
    if (pg->probe[i].flagged) {
      html_say(f, n++ ? ", %s" : "<li>It raises a flag on %s", pg->probe[i].name);
    }
  }
  fputs(n ? ": add such sounds as a class named <code>background</code>.</li>\n" : "", f);
  return n > 0;
}

static uint32_t
advise_use(FILE *f, const page *pg)
{
  const side_figures *sf = pg->judged;
  uint32_t said = 0;
  if (sf->int8.ece > 0.12) {
    fputs("<li>Set the threshold by ear when you run it: its percentages are no "
          "chances.</li>\n",
          f);
    ++said;
  }
  if (sf->has_float && sf->flt.accuracy - sf->int8.accuracy > 0.01) {
    fputs("<li>Rounding to int8 costs more than a point: train with another seed, or "
          "quantization-aware.</li>\n",
          f);
    ++said;
  }
  return said + advise_background(f, pg);
}

/* What a harshness model lacks. */
static uint32_t
advise_harsh(FILE *f, const page *pg)
{
  const page_harsh *h = pg->harsh;
  const page_harsh_cell *known = &h->cell[0], *fresh = &h->cell[PAGE_N_CELLS - 1];
  uint32_t said = 0, weak = 0;
  if (fresh->alarms > 0.2) {
    html_say(f,
             "<li>It flags %.0f %% of new clean music: raise the threshold when you run "
             "it, or give it more clean music of the kind that it flags.</li>\n",
             100 * fresh->alarms);
    ++said;
  }
  if (known->auroc - fresh->auroc > 0.05) {
    fputs("<li>It is weaker on what is new to it: more artists help more than more "
          "excerpts (<code>--units</code>) of the same.</li>\n",
          f);
    ++said;
  }
  for (uint32_t k = 0; k < h->n_kinds; ++k) {
    if (h->kind[k].fresh < 0.5) {
      html_say(f, weak++ ? ", %s" : "<li>It finds less than half of: %s",
               h->kind[k].name);
    }
  }
  fputs(weak ? ". Listen for these yourself.</li>\n" : "", f);
  for (uint32_t k = 0; k < h->n_changes; ++k) {
    if (h->change[k].flipped > 0.1) {
      html_say(f,
               "<li>%.0f %% of its flags change when the same sound is %s: keep your "
               "level and settings the same when you compare.</li>\n",
               100 * h->change[k].flipped, h->change[k].name);
      ++said;
    }
  }
  if (h->rounding.n && (h->rounding.same_flag < 0.99 ||
                        h->rounding.balanced[1] - h->rounding.balanced[0] > 0.003)) {
    fputs("<li>Rounding to int8 costs something: train with another seed, or "
          "quantization-aware (<code>quantize</code> in the recipe).</li>\n",
          f);
    ++said;
  }
  return said + (weak > 0);
}

void
page_next(FILE *f, const page *pg)
{
  fputs("<h2>What now</h2>\n", f);
  if (pg->run) {
    html_say(f, "<p>Hear it work, live:</p>\n<pre>%s</pre>\n", pg->run);
  }
  if (!pg->judged || pg->judged->int8.n == 0) {
    return;
  }
  fputs("<ul>\n", f);
  const uint32_t said =
      pg->harsh ? advise_harsh(f, pg) + advise_training(f, pg)
                : advise_classes(f, pg) + advise_training(f, pg) + advise_use(f, pg);
  if (said == 0) {
    fputs("<li>Nothing here calls for another run. Try it on your own music.</li>\n", f);
  }
  fputs("</ul>\n", f);
}
