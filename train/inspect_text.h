/* SPDX-License-Identifier: ISC */
/* A data set that was looked at, as a table for people and as JSON for machines. */
#ifndef EAR_TRAIN_INSPECT_TEXT_H
#define EAR_TRAIN_INSPECT_TEXT_H

#include "inspect_findings.h"

#include <jansson.h>

/* Sums, ranges and classes; findings come after.  [setup] */
void inspect_print(FILE *f, const inspected *in, const dataset *ds);

/* stopped: why training would stop, NULL if it is ready.  NULL: no memory.  [setup] */
json_t *inspect_json(const inspected *in, const dataset *ds, const findings *fs,
                     const char *stopped);

#endif
