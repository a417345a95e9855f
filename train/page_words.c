/* SPDX-License-Identifier: ISC */
/* A sentence says no more than its figure carries: a share stands with its interval, and
   on few clips that is said. */
#include "../view/html.h"
#include "page_parts.h"

#include <math.h>
#include <string.h>

const char *
page_label(const page *pg, uint32_t label)
{
  return label < pg->n_labels ? pg->label[label] : "no verdict";
}

void
page_truth(FILE *f, const page *pg, uint32_t truth, uint64_t truths)
{
  if (truths == 0) {
    html_text(f, page_label(pg, truth));
  }
  for (uint32_t l = 0; truths != 0; ++l, truths >>= 1) {
    if (truths & 1) {
      html_say(f, truths == 1 ? "%s" : "%s, ", page_label(pg, l));
    }
  }
}

/* 0.823 -> 82 */
static double
percent(double share)
{
  return isfinite(share) ? round(100 * share) : 0;
}

static void
card(FILE *f, double share, bool known, const char *name)
{
  if (known && isfinite(share)) {
    html_say(f, "<div><b>%.1f %%</b><span>%s</span></div>\n", 100 * share, name);
  }
}

void
page_headline(FILE *f, const page *pg)
{
  const side_figures *sf = pg->judged;
  if (!sf || sf->int8.n == 0) {
    fputs(
        "<p class=\"head bad\">Nothing was kept aside to judge this model by, so nobody "
        "knows how good it is. Give it more groups (artists, sessions) and train "
        "again.</p>\n",
        f);
    return;
  }
  const bool valid = !strcmp(sf->side, "valid");
  const metrics *m = &sf->int8;
  const interval *s = &sf->spread.accuracy;
  html_say(
      f,
      "<p class=\"head\">Of 100 sounds that it did not train on, it gets <b>%.0f</b> "
      "right. With other sounds of the same kind it would be %.0f to %.0f, 19 times "
      "out of 20; blind guessing gets %.0f.</p>\n",
      percent(m->accuracy), percent(s->low), percent(s->high),
      pg->n_labels ? 100.0 / pg->n_labels : 0);
  html_say(f,
           "<p class=\"dim\">Measured on the %s side of the split: %u clips of %u groups "
           "(artists, albums, sessions), none of which took part in training",
           valid ? "validation" : sf->side, m->n, sf->n_groups);
  fputs(valid ? "; but the training was watched and tuned by them, "
                "which flatters a little.</p>\n"
              : ".</p>\n",
        f);
  if (m->n < 100) {
    fputs("<p class=\"dim\">That is few: take the figures as a first impression.</p>\n",
          f);
  }
  fputs("<div class=\"figures\">\n", f);
  card(f, m->accuracy, true, "accuracy");
  card(f, m->balanced, true, "balanced accuracy: each class counts the same");
  card(f, m->macro_f1, true, "macro-F1");
  card(f, m->auroc, true, "area under the ROC curve");
  card(f, pg->chosen ? pg->chosen->int8.accuracy : NAN, pg->chosen != NULL,
       "accuracy on the validation side");
  fputs("</div>\n", f);
}

typedef struct {
  uint32_t truth, said, count;
} pair;

enum { N_PAIRS = 3 };

/* The most frequent mistakes. */
static uint32_t
worst_pairs(const page *pg, pair out[N_PAIRS])
{
  const metrics *m = &pg->judged->int8;
  uint32_t n = 0;
  for (uint32_t t = 0; t < pg->n_labels; ++t) {
    for (uint32_t s = 0; s < pg->n_labels; ++s) {
      const uint32_t count = s == t ? 0 : m->confusion[t][s];
      uint32_t k = n < N_PAIRS ? n : N_PAIRS;
      if (count == 0 || (k == N_PAIRS && count <= out[k - 1].count)) {
        continue;
      }
      n += n < N_PAIRS;
      for (k = n - 1; k > 0 && out[k - 1].count < count; --k) {
        out[k] = out[k - 1];
      }
      out[k] = (pair){t, s, count};
    }
  }
  return n;
}

void
page_say_confusion(FILE *f, const page *pg)
{
  const metrics *m = &pg->judged->int8;
  pair p[N_PAIRS];
  const uint32_t n = worst_pairs(pg, p);
  fputs("<p>", f);
  for (uint32_t i = 0; i < n; ++i) {
    html_say(
        f, i == 0 ? "Most often, <b>%s</b> is taken for <b>%s</b>" : "%s is taken for %s",
        page_label(pg, p[i].truth), page_label(pg, p[i].said));
    html_say(f, " (%u of %u)%s", p[i].count, m->support[p[i].truth],
             i + 1 == n   ? "."
             : i + 2 == n ? ", and "
                          : ", ");
  }
  if (n == 0) {
    fputs("No sound was taken for one of another class.", f);
  }
  if (m->n_undecided) {
    html_say(f,
             " %u clips got no verdict, because they are too short or silent; they count "
             "as wrong.",
             m->n_undecided);
  }
  fputs("</p>\n", f);
}

/* How much surer it says it is than it is right, on average; NaN: not known.  Of several
   labels each has its own likelihood. */
static double
boast(const page *pg)
{
  const predictions *pr = pg->clips;
  double said = 0, right = 0, n = 0;
  for (uint32_t i = 0; pr && i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t best = label_of(p, pr->n_labels);
    for (uint32_t l = 0; pr->truths && l < pr->n_labels; ++l) {
      said += (double)p[l];
      right += prediction_true(pr, i, l);
      ++n;
    }
    if (!pr->truths) {
      said += best < pr->n_labels ? (double)p[best] : 0;
      right += best == pr->truth[i];
      ++n;
    }
  }
  return n > 0 ? (said - right) / n : NAN;
}

void
page_say_certainty(FILE *f, const page *pg)
{
  const double ece = pg->judged->int8.ece, over = boast(pg);
  if (!isfinite(ece) || !isfinite(over)) {
    return;
  }
  html_say(
      f,
      "<p>When it says 80 %%, is it right 8 times out of 10? Its percentages are off by "
      "<b>%.1f points</b> on average: ",
      100 * ece);
  fputs(ece < 0.05             ? "take them at their word"
        : fabs(over) < ece / 2 ? "here too high, there too low"
        : over > 0             ? "it is less often right than it says"
                               : "it is more often right than it says",
        f);
  fputs(".</p>\n", f);
}

void
page_say_unsure(FILE *f, const page *pg)
{
  const side_figures *sf = pg->judged;
  if (sf->margin > 0) {
    html_say(
        f,
        "<p>Where the likeliest class is less than %.0f points ahead of the next, it "
        "says that it is unsure and names both. So it does with <b>%.0f %%</b> of "
        "these sounds",
        100 * (double)sf->margin, percent(unsure_share(&sf->unsure)));
    if (sf->unsure.n > sf->unsure.n_unsure) {
      html_say(f, "; of the rest, <b>%.0f %%</b> are right",
               percent(unsure_accuracy(&sf->unsure)));
    }
    fputs(".</p>\n", f);
  }
}

void
page_say_learning(FILE *f, const page *pg)
{
  const fit_history *h = pg->history;
  html_say(f,
           "<p>%u epochs (rounds through the training sounds) in %.1f minutes; the "
           "weights after epoch %u were kept. The loss says how wrong it is: blue on the "
           "sounds it trains on, orange on others. Where blue falls on and orange does "
           "not, it learns by heart.</p>\n",
           h->n, h->epoch[h->n - 1].seconds / 60, pg->kept_epoch);
}
