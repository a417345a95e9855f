/* SPDX-License-Identifier: ISC */
/* One sentence into an ear_error, and the status to return with it. */
#ifndef EAR_TRAIN_FAIL_H
#define EAR_TRAIN_FAIL_H

#include "../engine/earshot.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static inline ear_status
fail(ear_error *err, ear_status st, const char *format, ...)
{
  if (err) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
  }
  return st;
}

#endif
