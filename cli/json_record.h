/* SPDX-License-Identifier: ISC */
/* The lines of JSON that `file` and `live` share: one object each, complete with its
   newline.  All write to `out` and never fail: look at ferror. */
#ifndef JSON_RECORD_H
#define JSON_RECORD_H

#include "output.h"

void json_start(FILE *out, const report *r);
void json_verdict(FILE *out, const report *r, const ear_verdict *v, ear_horizon h);
void json_event(FILE *out, const report *r, const ear_event *e);
void json_summary(FILE *out, const report *r, uint32_t m); /* of model m */
void json_error(FILE *out, const char *source, const char *message);

#endif
