/* SPDX-License-Identifier: ISC */
/* The pages in a build without cairo: there are none. */
#include "fail.h"
#include "page.h"
#include "page_check.h"

ear_status
page_write(const char *folder, const page *pg, ear_error *err)
{
  (void)folder;
  (void)pg;
  (void)err;
  return EAR_OK;
}

ear_status
page_check_write(const char *path, const page_check *pc, ear_error *err)
{
  (void)pc;
  return fail(err, EAR_BAD_ARGUMENT,
              "%s cannot be written: this earshot-train was built without pictures",
              path);
}
