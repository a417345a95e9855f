/* SPDX-License-Identifier: ISC */
/* The harshness task as an ordinary data set: sounds in DIR/clean and DIR/harsh, and
   DIR/index.csv with the columns path,label,group,split,unit,severity,chain.  For every
   recipe and tool that takes clips, and for listening to what is called harsh. */
#ifndef EAR_TRAIN_HARSH_WRITE_H
#define EAR_TRAIN_HARSH_WRITE_H

#include "harsh_protocol.h"

typedef struct {
  const char *folder; /* made; must be empty or absent */
  uint32_t units;     /* excerpts to train on; an eighth as many validate, and test */
  double excerpt_s;
  uint64_t seed;
  harsh_protocol_options protocol; /* says how rendering goes on, and stops it */
} harsh_write_config;

/* Versions of a unit as in harsh_train: one as it is, one neutral, two harsh.  Artists
   and processors of valid and test are those that training never meets.  The table is
   written last.  [setup] */
ear_status harsh_write(const harsh_split *split, const harsh_write_config *config,
                       ear_error *err);

#endif
