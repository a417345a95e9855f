/* SPDX-License-Identifier: ISC */
/* First whether training can start, then what to mend, then what there is. */
#include "page_check.h"
#include "../view/html.h"
#include "fail.h"
#include "file.h"
#include "pictures_check.h"

#include <math.h>
#include <stdlib.h>

enum {
  MOST_LINES = 500, /* of one kind */
  FEW = 12,         /* so many are shown unasked */
};

static double
hours(const page_check *pc)
{
  double s = 0;
  for (uint32_t i = 0; i < pc->n_classes; ++i) {
    s += pc->cls[i].seconds;
  }
  return s / 3600;
}

static uint32_t
n_found(const page_check *pc)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < pc->n_problems; ++i) {
    n += pc->problem[i].n;
  }
  return n;
}

static void
headline(FILE *f, const page_check *pc)
{
  const uint32_t found = n_found(pc);
  if (pc->stopped) {
    html_say(f, "<p class=\"head bad\"><b>Not ready for training:</b> %s.</p>\n",
             pc->stopped);
  } else if (found == 0) {
    fputs("<p class=\"head\"><b>Ready for training.</b> Nothing stands out.</p>\n", f);
  } else {
    html_say(f,
             "<p class=\"head\"><b>Ready for training,</b> but look at the %u %s "
             "below first.</p>\n",
             found, found == 1 ? "thing" : "things");
  }
  html_say(f,
           "<div class=\"figures\"><div><b>%u</b><span>classes</span></div>"
           "<div><b>%u</b><span>clips</span></div>",
           pc->n_classes, pc->n_clips);
  html_say(f,
           "<div><b>%u</b><span>groups (artists, albums, sessions)</span></div>"
           "<div><b>%.1f</b><span>hours</span></div></div>\n",
           pc->n_groups, hours(pc));
  if (pc->run && !pc->stopped) {
    html_say(f, "<p>Train on it:</p>\n<pre>%s</pre>\n", pc->run);
  }
}

static void
problems(FILE *f, const page_check *pc)
{
  if (pc->n_problems == 0) {
    return;
  }
  fputs("<h2>What to look at</h2>\n", f);
  for (uint32_t i = 0; i < pc->n_problems; ++i) {
    const page_problem *p = &pc->problem[i];
    if (p->n == 0) {
      continue;
    }
    fputs(p->n <= FEW ? "<details open=\"open\">" : "<details>", f);
    html_say(f, "<summary><b>%u %s</b>: %s</summary>\n<ul class=\"small any\">\n", p->n,
             p->kind, p->advice);
    for (uint32_t k = 0; k < p->n && k < MOST_LINES; ++k) {
      html_say(f, "<li>%s</li>\n", p->line[k]);
    }
    if (p->n > MOST_LINES) {
      html_say(f, "<li>and %u more</li>\n", p->n - MOST_LINES);
    }
    fputs("</ul></details>\n", f);
  }
  uint32_t clean = 0;
  for (uint32_t i = 0; i < pc->n_problems; ++i) {
    if (pc->problem[i].n == 0) {
      html_say(f, clean++ ? ", %s" : "<p class=\"dim\">None are %s", pc->problem[i].kind);
    }
  }
  fputs(clean ? ".</p>\n" : "", f);
}

static void
classes(FILE *f, const page_check *pc)
{
  const picture bars = picture_classes(pc);
  fputs("<h2>Classes</h2>\n<p>Groups count more than clips: ten pieces of one recording "
        "teach "
        "little more than one. Aim for ten groups or more in each class.</p>\n",
        f);
  picture_show(f, &bars, "Clips and groups of each class.");
  fputs(
      "<div class=\"wide\"><table>\n<tr><th>class</th><th class=\"n\">clips</th>"
      "<th class=\"n\">groups</th><th class=\"n\">minutes</th><th class=\"n\">train</th>"
      "<th class=\"n\">valid</th><th class=\"n\">test</th></tr>\n",
      f);
  for (uint32_t i = 0; i < pc->n_classes; ++i) {
    const page_class *c = &pc->cls[i];
    html_say(f, "<tr><td>%s</td><td class=\"n\">%u</td><td class=\"n%s\">%u</td>",
             c->label, c->clips, c->groups < 10 ? " bad" : "", c->groups);
    html_say(f,
             "<td class=\"n\">%.1f</td><td class=\"n\">%u</td><td class=\"n\">%u</td>"
             "<td class=\"n\">%u</td></tr>\n",
             c->seconds / 60, c->train, c->valid, c->test);
  }
  fputs("</table></div>\n", f);
}

static void
sounds(FILE *f, const page_check *pc)
{
  const picture all[] = {picture_durations(pc), picture_peaks(pc), picture_levels(pc),
                         picture_formats(pc)};
  static const char *const head[] = {"How long the clips are", "How loud they get",
                                     "How loud they are", "Formats"};
  static const char *const words[] = {
      "Clips shorter than what the network looks at are filled up or left out.",
      "Peaks at full scale hint at clipping; below -70 dBFS the engine hears silence.",
      "A class that is louder than the rest is a trap too: see that the levels are "
      "mixed.",
      "All are brought to the rate of the recipe, all channels are mixed to one. A class "
      "of "
      "another format than the rest is a trap: the network may learn the format instead "
      "of "
      "the music."};
  for (size_t i = 0; i < sizeof all / sizeof *all && pc->n_read > 0; ++i) {
    if (all[i].draw == picture_levels(pc).draw && !pc->level_db) {
      continue;
    }
    html_say(f, "<h2>%s</h2>\n<p>%s</p>\n", head[i], words[i]);
    picture_show(f, &all[i], head[i]);
  }
}

ear_status
page_check_write(const char *path, const page_check *pc, ear_error *err)
{
  char *text = NULL;
  size_t n = 0;
  file_sweep_beside(path);
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the page");
  }
  html_begin(f, pc->name, NULL);
  html_say(f, "<h1>%s</h1>\n", pc->name);
  headline(f, pc);
  problems(f, pc);
  classes(f, pc);
  sounds(f, pc);
  html_end(f);
  const bool whole = !ferror(f);
  ear_status st = fclose(f) == 0 && whole ? EAR_OK : EAR_NO_MEMORY;
  st = st ? fail(err, st, "not enough memory for the page")
          : file_write(path, text, n, NULL, err);
  free(text);
  return st;
}
