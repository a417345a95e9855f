/* SPDX-License-Identifier: ISC */
/* What is wrong with a data set, in sentences that name each sound once. */
#ifndef EAR_TRAIN_INSPECT_FINDINGS_H
#define EAR_TRAIN_INSPECT_FINDINGS_H

#include "inspect_set.h"

#include <stdio.h>

typedef enum {
  FINDING_UNREADABLE = 0,
  FINDING_SILENT,
  FINDING_SHORT,
  FINDING_WINDOW, /* shorter than what the network looks at */
  FINDING_CLIPPED,
  FINDING_TWICE,  /* the same samples */
  FINDING_ALIKE,  /* the same recording */
  FINDING_GROUPS, /* a class of too few groups */
  N_FINDINGS
} finding;

typedef struct {
  uint32_t n[N_FINDINGS];
  char **line[N_FINDINGS]; /* [n] */
  char window[320]; /* advice on FINDING_WINDOW: how many, and what happens to them */
} findings;

/* "unreadable", ..., and what it means and what to do.  [any] */
const char *finding_name(finding f);
const char *finding_advice(const findings *fs, finding f);

/* in and ds after inspect_drop.  [setup] */
ear_status findings_of(findings *fs, const inspected *in, const dataset *ds);
void findings_free(findings *fs);

/* Each kind with its advice and its first `most` lines.  [setup] */
void findings_print(FILE *f, const findings *fs, uint32_t most);

#endif
