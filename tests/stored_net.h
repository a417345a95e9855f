/* SPDX-License-Identifier: ISC */
/* A network and frames for it in a file that needs no library to read: for machines that
   have none of ours.  Little-endian, 64 bits, as written by one of our programs. */
#ifndef EAR_TESTS_STORED_NET_H
#define EAR_TESTS_STORED_NET_H

#include "model.h"
#include <stdio.h>

typedef struct {
  ear_model_spec spec; /* points into its own memory once read */
  ear_shape shape[EAR_MAX_LAYERS];
  uint32_t n_frames;
  uint8_t *frames; /* [n_frames][values in a frame] */
} stored_net;

/* False if the file ends too early or cannot be written. */
bool stored_net_write(FILE *f, const stored_net *net);
bool stored_net_read(FILE *f, stored_net *net);
void stored_net_free(stored_net *net); /* what was read */

#endif
