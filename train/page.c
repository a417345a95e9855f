/* SPDX-License-Identifier: ISC */
/* The page answers in the order in which a musician asks: how good is it, what does it
   mix up, can I trust it, how did it learn, how was it made, what now. */
#include "page.h"
#include "../view/html.h"
#include "fail.h"
#include "file.h"
#include "page_parts.h"
#include "pictures.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

static void
curves(FILE *f, const page *pg)
{
  if (!pg->history || pg->history->n == 0) {
    return;
  }
  const picture p = picture_curves(pg);
  fputs("<h2>How it learned</h2>\n", f);
  page_say_learning(f, pg);
  picture_show(f, &p, "Loss, accuracy and learning rate over the epochs.");
}

/* What every model that gives likelihoods is asked. */
static void
certainty(FILE *f, const page *pg)
{
  if (!pg->clips) {
    return;
  }
  const picture reliability = picture_reliability(pg);
  fputs("<h2>Can you trust its certainty?</h2>\n", f);
  page_say_certainty(f, pg);
  page_say_unsure(f, pg);
  picture_show(f, &reliability,
               "How often the model was right, against how sure it was.");
}

static void
judgement(FILE *f, const page *pg)
{
  const picture confusion = picture_confusion(pg), roc = picture_roc(pg);
  fputs("<h2>What it takes for what</h2>\n", f);
  page_say_confusion(f, pg);
  fputs("<p class=\"dim\">Each row is what a sound is, each column what the model said, "
        "in percent of the row and in clips. Blue is right, orange is wrong.</p>\n",
        f);
  picture_show(f, &confusion,
               "Confusion matrix: what a sound is against what the model said.");
  page_classes(f, pg);
  certainty(f, pg);
  if (!pg->clips) {
    return;
  }
  fputs(
      "<h2>How well each class is told from the others</h2>\n"
      "<p>Lower the threshold and it finds more of a class, but takes more other sounds "
      "for it: each line shows that trade for one class. The nearer a line runs to the "
      "upper left corner, the better. An area of 1 is perfect, 0.5 is guessing.</p>\n",
      f);
  picture_show(f, &roc, "ROC curves of the classes.");
}

/* Several labels to a sound: each is judged for itself. */
static void
judgement_of_labels(FILE *f, const page *pg)
{
  const picture labels = picture_labels(pg), roc = picture_roc(pg);
  fputs("<h2>Each label for itself</h2>\n", f);
  page_many_labels(f, pg);
  picture_show(f, &labels, "F1 of each label.");
  certainty(f, pg);
  if (pg->clips) {
    fputs("<h2>How well each label is told from its absence</h2>\n"
          "<p>Lower the threshold of a label and it is found more often, but named more "
          "often where it is not. The nearer its line runs to the upper left corner, the "
          "better. An area of 1 is perfect, 0.5 is guessing.</p>\n",
          f);
    picture_show(f, &roc, "ROC curves of the labels.");
  }
}

static void
judgement_of_flags(FILE *f, const page *pg)
{
  const picture confusion = picture_confusion(pg), roc = picture_roc(pg);
  page_harsh_cells(f, pg);
  fputs("<h2>What it flags</h2>\n", f);
  page_harsh_threshold(f, pg);
  picture_show(f, &confusion, "What an excerpt is, against whether it was flagged.");
  page_harsh_kinds(f, pg);
  page_harsh_severities(f, pg);
  page_harsh_changes(f, pg);
  certainty(f, pg);
  fputs("<h2>Where else the threshold could be</h2>\n<p>Lower it and more harshness is "
        "found, but more clean music flagged: a line for each cell of the table above. "
        "The nearer to the upper left corner, the better.</p>\n",
        f);
  picture_show(f, &roc, "ROC curves of the four cells.");
}

static void
hearings(FILE *f, const page *pg)
{
  for (uint32_t i = 0; i < pg->n_hearings; ++i) {
    const page_hearing *h = &pg->hearing[i];
    const picture_which which = {pg, i};
    const picture p = picture_hearing(&which);
    if (i == 0) {
      fputs("<h2>How the network heard the worst ones</h2>\n<p>Time runs to the right, "
            "pitch goes up, the stronger the tone the louder the sound. Orange marks "
            "what the network took as evidence.</p>\n",
            f);
    }
    html_say(f, "<p class=\"any\"><b>%s</b>: it is ", h->file);
    page_truth(f, pg, h->truth, h->truths);
    html_say(f, ", the model said %s (%.0f %%).</p>\n", page_label(pg, h->said),
             100 * h->p_said);
    picture_show(f, &p, "Mel spectrogram of the clip, the network's evidence in orange.");
  }
}

static void
made(FILE *f, const page *pg)
{
  if (pg->n_facts == 0) {
    return;
  }
  fputs("<h2>How it was made</h2>\n<div class=\"wide\"><table>\n", f);
  for (uint32_t i = 0; i < pg->n_facts; ++i) {
    html_say(f, "<tr><th>%s</th><td class=\"any\">%s</td></tr>\n", pg->fact[i].name,
             pg->fact[i].value);
  }
  fputs("</table></div>\n", f);
}

static bool
is_many(const page *pg)
{
  return pg->judged && pg->judged->int8.many;
}

static void
write_judgement(FILE *f, const page *pg)
{
  if (pg->harsh) {
    judgement_of_flags(f, pg);
    page_harsh_mistakes(f, pg);
  } else {
    if (is_many(pg)) {
      judgement_of_labels(f, pg);
    } else if (pg->judged) {
      judgement(f, pg);
    }
    page_mistakes(f, pg);
  }
  hearings(f, pg);
  if (pg->harsh) {
    page_harsh_precision(f, pg);
  } else {
    page_precision(f, pg);
  }
}

static void
write_html(FILE *f, const page *pg)
{
  html_begin(f, pg->name, NULL);
  html_say(f, "<h1>%s</h1>\n", pg->name);
  if (pg->harsh) {
    page_harsh_headline(f, pg);
  } else if (is_many(pg)) {
    page_many_headline(f, pg);
  } else {
    page_headline(f, pg);
  }
  page_next(f, pg);
  write_judgement(f, pg);
  page_probes(f, pg);
  curves(f, pg);
  made(f, pg);
  html_end(f);
}

static ear_status
write_pictures(const char *folder, const page *pg, ear_error *err)
{
  const picture all[] = {picture_curves(pg),
                         is_many(pg) ? picture_labels(pg) : picture_confusion(pg),
                         picture_roc(pg), picture_reliability(pg)};
  const char *const name[] = {"curves", is_many(pg) ? "labels" : "confusion", "roc",
                              "reliability"};
  ear_status st = EAR_OK;
  for (size_t i = 0; i < sizeof all / sizeof *all && !st; ++i) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.png", folder, name[i]);
    st = picture_save(&all[i], path, err);
  }
  return st;
}

ear_status
page_write(const char *folder, const page *pg, ear_error *err)
{
  char path[PATH_MAX], *text = NULL;
  size_t n = 0;
  if (snprintf(path, sizeof path, "%s/page.html", folder) >= PATH_MAX - 32) {
    return fail(err, EAR_BAD_ARGUMENT, "%s: the name is too long", folder);
  }
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the page");
  }
  write_html(f, pg);
  const bool whole = !ferror(f);
  ear_status st = fclose(f) == 0 && whole ? EAR_OK
                                          : fail(err, EAR_NO_MEMORY,
                                                 "not enough memory "
                                                 "for the page");
  st = st ? st : file_write(path, text, n, NULL, err);
  free(text);
  return st ? st : write_pictures(folder, pg, err);
}
