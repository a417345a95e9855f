/* SPDX-License-Identifier: ISC */
/* Files are opened for their tags alone; no sample is decoded. */
#include "dataset_tags.h"
#include "audio.h"
#include "fail.h"

#include <ctype.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

/* What the file says, without space around it, malloc'ed; NULL if it does not say. */
static char *
tag_of(const char *path, int tag)
{
  SF_INFO info = {0};
  SNDFILE *f = audio_may_open(path) ? sf_open(path, SFM_READ, &info) : NULL;
  if (!f) {
    return NULL;
  }
  const char *text = sf_get_string(f, tag);
  while (text && isspace((unsigned char)*text)) {
    ++text;
  }
  size_t n = text ? strlen(text) : 0;
  while (n && isspace((unsigned char)text[n - 1])) {
    --n;
  }
  char *found = n ? strndup(text, n) : NULL;
  sf_close(f);
  return found;
}

ear_status
dataset_group_by_tag(dataset *ds, const char *name, ear_error *err)
{
  const int tag = strcmp(name, "album") ? SF_STR_ARTIST : SF_STR_ALBUM;
  uint32_t n = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : n)
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    char *in = tag_of(ds->clip[i].path, tag);
    if (in) {
      free(ds->clip[i].in);
      ds->clip[i].in = in;
      ++n;
    }
  }
  if (n == 0) {
    return fail(err, EAR_BAD_ARGUMENT,
                "--group-tag %s: none of the %u files says its %s; name the groups by "
                "folder, --group-re or a table",
                name, ds->n_clips, name);
  }
  ds->n_untagged = ds->n_clips - n;
  return dataset_sort(ds);
}
