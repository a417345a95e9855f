/* SPDX-License-Identifier: ISC */
/* Files are opened before the first input is: a name that cannot be written costs no
   hour of listening.  Only the page is shared by threads. */
#include "pictures.h"

#include "outfile.h"
#include "picture.h"
#include "report_page.h"
#include "result_paths.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const double PNG_SCALE = 2;
static const char FOLDER_ENDING[] = ".earshot.png";

struct pictures {
  const picture_options *o;
  const input_list *list;
  bool in_folder; /* a plot an input */
  view_format format;
  outfile plot, report; /* the one plot; the page */
  report_page *page;
  pthread_mutex_t mutex; /* of page */
};

/* VIEW_PDF + 1 if the name has no ending of a picture. */
static view_format
format_of(const char *path)
{
  static const char *const ending[] = {".png", ".svg", ".pdf"};
  const char *dot = strrchr(path, '.');
  view_format format = VIEW_PNG;
  while (format <= VIEW_PDF && (!dot || strcasecmp(dot, ending[format]) != 0)) {
    format++;
  }
  return format;
}

/* What can be said of the names alone. */
static bool
names_make_sense(pictures *p, ear_error *err)
{
  const picture_options *o = p->o;
  p->in_folder = is_result_folder(o->plot);
  p->format = o->plot && !p->in_folder ? format_of(o->plot) : VIEW_PNG;
  if (p->format > VIEW_PDF) {
    return fail(err,
                "--plot %s: the name has to end in .png, .svg or .pdf; a folder "
                "in a slash",
                o->plot);
  }
  if (o->plot && !p->in_folder && p->list->n > 1) {
    return fail(err,
                "--plot: several inputs do not fit into one picture; name a folder, such "
                "as --plot pictures/, or take --report PAGE.html");
  }
  if (o->report && (strcmp(o->report, "-") == 0 || is_result_folder(o->report))) {
    return fail(err, "--report needs the name of one file, such as report.html");
  }
  return !o->plot || !o->report || strcmp(o->plot, o->report) != 0 ||
         fail(err, "--plot and --report cannot both be %s", o->plot);
}

static bool
paths_are_free(const pictures *p, ear_error *err)
{
  const picture_options *o = p->o;
  return results_can_be_written(p->list, o->plot, p->in_folder, FOLDER_ENDING,
                                o->overwrite, err) &&
         results_can_be_written(p->list, o->report, false, "", o->overwrite, err);
}

static bool
folder_is_writable(const char *folder, ear_error *err)
{
  char *inside = NULL;
  if (asprintf(&inside, "%s/", folder) < 0) {
    return fail(err, "there is not enough memory");
  }
  const bool ok = make_folders_of(inside, err) &&
                  (access(folder, W_OK | X_OK) == 0 ||
                   fail(err, "cannot write into %s: %s", folder, strerror(errno)));
  free(inside);
  return ok;
}

static bool
open_files(pictures *p, ear_error *err)
{
  const picture_options *o = p->o;
  bool ok = true;
  if (o->plot) {
    ok = p->in_folder ? folder_is_writable(o->plot, err)
                      : outfile_open(&p->plot, o->plot, o->overwrite, err);
  }
  if (ok && o->report) {
    ok = outfile_open(&p->report, o->report, o->overwrite, err) &&
         report_page_new(&p->page, p->list, o->report, o->raw, err);
  }
  return ok;
}

exit_code
pictures_open(pictures **out, const picture_options *o, const input_list *list,
              ear_error *err)
{
  pictures *p = calloc(1, sizeof *p);
  *out = NULL;
  if (!p) {
    (void)fail(err, "there is not enough memory");
    return EXIT_NOTHING;
  }
  p->o = o;
  p->list = list;
  pthread_mutex_init(&p->mutex, NULL);
  exit_code code = EXIT_USAGE;
  if (names_make_sense(p, err) && paths_are_free(p, err)) {
    code = open_files(p, err) ? EXIT_DONE : EXIT_NOTHING;
  }
  if (code) {
    pictures_free(p);
    return code;
  }
  *out = p;
  return EXIT_DONE;
}

void
pictures_free(pictures *p)
{
  if (!p) {
    return;
  }
  outfile_discard(&p->plot);
  outfile_discard(&p->report);
  report_page_free(p->page);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}

/* Draw into the file and give it its name. */
static bool
write_plot(const pictures *p, const picture *pic, outfile *to, ear_error *err)
{
  const picture_ink ink = {pic, p->o->dark ? VIEW_DARK : VIEW_LIGHT};
  const view_picture view = picture_view(&ink, PNG_SCALE);
  uint8_t *bytes = NULL;
  size_t n = 0;
  if (view_bytes(&view, p->format, &bytes, &n) != EAR_OK) {
    return fail(err, "there is not enough memory to draw %s", to->path);
  }
  (void)fwrite(bytes, 1, n, to->file); /* the commit looks at ferror */
  free(bytes);
  return outfile_commit(to, err);
}

static bool
plot(pictures *p, const input *in, const picture *pic, ear_error *err)
{
  if (!p->in_folder) {
    return write_plot(p, pic, &p->plot, err);
  }
  char *path = result_path(p->o->plot, in, FOLDER_ENDING);
  outfile to = {0};
  const bool ok =
      (path || fail(err, "there is not enough memory")) && make_folders_of(path, err) &&
      outfile_open(&to, path, p->o->overwrite, err) && write_plot(p, pic, &to, err);
  outfile_discard(&to);
  free(path);
  return ok;
}

bool
pictures_keep(pictures *p, const input *in, const report *r, const trace *t,
              ear_error *err)
{
  picture pic;
  bool ok = picture_of(&pic, r, t) ||
            fail(err, "there is not enough memory to draw %s", r->source);
  if (ok && p->o->plot) {
    ok = plot(p, in, &pic, err);
  }
  if (ok && p->page) {
    report_section *s = report_section_new(p->page, in, r, t, &pic, err);
    pthread_mutex_lock(&p->mutex);
    ok = s && report_page_add(p->page, s, err);
    pthread_mutex_unlock(&p->mutex);
  }
  picture_free(&pic);
  return ok;
}

void
pictures_miss(pictures *p, const input *in, const char *why)
{
  if (p->page) {
    pthread_mutex_lock(&p->mutex);
    report_page_miss(p->page, in, why);
    pthread_mutex_unlock(&p->mutex);
  }
}

bool
pictures_close(pictures *p, ear_error *err)
{
  return !p->page || (report_page_write(p->page, p->report.file, err) &&
                      outfile_commit(&p->report, err));
}
