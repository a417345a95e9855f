/* SPDX-License-Identifier: ISC */
/* Built without cairo: pictures are refused, so nothing else is ever asked. */
#include "pictures.h"

exit_code
pictures_open(pictures **p, const picture_options *o, const input_list *list,
              ear_error *err)
{
  (void)list;
  *p = NULL;
  (void)fail(err, "%s: this earshot was built without pictures; build it with cairo",
             o->plot ? "--plot" : "--report");
  return EXIT_USAGE;
}

bool
pictures_keep(pictures *p, const input *in, const report *r, const trace *t,
              ear_error *err)
{
  (void)p;
  (void)in;
  (void)r;
  (void)t;
  (void)err;
  return true;
}

void
pictures_miss(pictures *p, const input *in, const char *why)
{
  (void)p;
  (void)in;
  (void)why;
}

bool
pictures_close(pictures *p, ear_error *err)
{
  (void)p;
  (void)err;
  return true;
}

void
pictures_free(pictures *p)
{
  (void)p;
}
