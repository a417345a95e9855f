/* SPDX-License-Identifier: ISC */
/* Sections wait in one temporary file in the order in which they were done; the page has
   them in the order of the inputs. */
#include "report_page.h"

#include "../view/html.h"
#include "link.h"
#include "report_script.h"
#include "report_section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct report_section {
  size_t i; /* of its input */
  char *html, *row;
  size_t n_html, n_row;
};

typedef struct {
  long at, n;  /* of its section in the store; n 0: none */
  char *row;   /* of the table of all */
  char *wrong; /* why it could not be analysed */
} entry;

struct report_page {
  const input_list *list;
  const char *path;
  bool raw;
  FILE *store;
  entry *entry; /* [list->n] */
};

bool
report_page_new(report_page **out, const input_list *list, const char *path, bool raw,
                ear_error *err)
{
  report_page *p = calloc(1, sizeof *p);
  *out = p;
  if (p) {
    *p = (report_page){.list = list, .path = path, .raw = raw, .store = tmpfile()};
    p->entry = calloc(list->n + 1, sizeof *p->entry);
  }
  if (!p || !p->entry || !p->store) {
    report_page_free(p);
    *out = NULL;
    return fail(err, "no temporary file could be made for %s: %s", path, strerror(errno));
  }
  return true;
}

void
report_page_free(report_page *p)
{
  if (!p) {
    return;
  }
  if (p->store) {
    (void)fclose(p->store);
  }
  for (size_t i = 0; p->entry && i < p->list->n; i++) {
    free(p->entry[i].row);
    free(p->entry[i].wrong);
  }
  free(p->entry);
  free(p);
}

static void
section_free(report_section *s)
{
  free(s->html);
  free(s->row);
  free(s);
}

/* Why there is no sound beside the page. */
static const char *
silence_of(const report_page *p, const input *in)
{
  if (strcmp(in->path, "-") == 0) {
    return "It came by standard input: there is no sound to play.";
  }
  return p->raw ? "It has no header (--raw): no browser can play it."
                : "The sound was gone when this page was made.";
}

report_section *
report_section_new(const report_page *p, const input *in, const report *r, const trace *t,
                   const picture *pic, ear_error *err)
{
  report_section *s = calloc(1, sizeof *s);
  FILE *html = s ? open_memstream(&s->html, &s->n_html) : NULL;
  FILE *row = html ? open_memstream(&s->row, &s->n_row) : NULL;
  bool ok = row != NULL;
  if (ok) {
    s->i = (size_t)(in - p->list->item);
    const bool file = !p->raw && strcmp(in->path, "-") != 0;
    char *way = file ? link_from(p->path, in->path) : NULL;
    report_section_write(html, s->i, r, t, pic, way, silence_of(p, in));
    report_row_write(row, s->i, r, t);
    free(way);
    ok = fclose(row) == 0;
  }
  ok = (!html || fclose(html) == 0) && ok;
  if (!ok) {
    (void)fail(err, "there is not enough memory to tell of %s", in->path);
    if (s) {
      section_free(s);
    }
    return NULL;
  }
  return s;
}

bool
report_page_add(report_page *p, report_section *s, ear_error *err)
{
  entry *e = &p->entry[s->i];
  const long at = ftell(p->store);
  const bool ok = at >= 0 && fwrite(s->html, 1, s->n_html, p->store) == s->n_html &&
                  fflush(p->store) == 0;
  if (ok) {
    e->at = at;
    e->n = (long)s->n_html;
    e->row = s->row;
    s->row = NULL;
  } else {
    (void)fail(err, "cannot write what belongs into %s: %s", p->path, strerror(errno));
  }
  section_free(s);
  return ok;
}

void
report_page_miss(report_page *p, const input *in, const char *why)
{
  entry *e = &p->entry[in - p->list->item];
  free(e->wrong);
  e->wrong = strdup(why);
}

static bool
copy_section(report_page *p, const entry *e, FILE *out)
{
  char bytes[16384];
  long left = e->n;
  if (left > 0 && fseek(p->store, e->at, SEEK_SET) != 0) {
    return false;
  }
  while (left > 0) {
    const size_t want = (size_t)left < sizeof bytes ? (size_t)left : sizeof bytes;
    if (fread(bytes, 1, want, p->store) != want) {
      return false;
    }
    (void)fwrite(bytes, 1, want, out);
    left -= (long)want;
  }
  return true;
}

static void
write_list(const report_page *p, FILE *out)
{
  (void)fputs("<div class=\"wide\"><table class=\"all\">\n<thead><tr><th>sound</th>"
              "<th class=\"n\">flagged passages</th><th class=\"n\">worst second</th>"
              "<th class=\"n\">likelihood there</th><th class=\"n\">LUFS</th></tr>"
              "</thead>\n<tbody>\n",
              out);
  for (size_t i = 0; i < p->list->n; i++) {
    if (p->entry[i].row) {
      (void)fputs(p->entry[i].row, out);
    }
  }
  (void)fputs("</tbody></table></div>\n", out);
}

static void
write_misses(const report_page *p, FILE *out)
{
  for (size_t i = 0; i < p->list->n; i++) {
    if (p->entry[i].wrong) {
      html_say(out, "<p class=\"bad any\">%s: %s</p>\n", p->list->item[i].path,
               p->entry[i].wrong);
    }
  }
}

bool
report_page_write(report_page *p, FILE *out, ear_error *err)
{
  size_t n = 0;
  bool ok = true;
  for (size_t i = 0; i < p->list->n; i++) {
    n += p->entry[i].n > 0;
  }
  html_begin(out, "Earshot report", report_style);
  html_say(out, "<h1>What Earshot heard in %u sound%s</h1>\n", (unsigned)n,
           n == 1 ? "" : "s");
  write_misses(p, out);
  if (n > 1) {
    write_list(p, out);
  }
  for (size_t i = 0; ok && i < p->list->n; i++) {
    ok = copy_section(p, &p->entry[i], out);
  }
  html_say(out, "<p class=\"dim small made\">Made by %s.</p>\n", ear_version());
  (void)fprintf(out, "<script>\n%s</script>\n", report_script);
  html_end(out);
  return ok ||
         fail(err, "cannot read back what belongs into %s: %s", p->path, strerror(errno));
}
