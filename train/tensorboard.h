/* SPDX-License-Identifier: ISC */
/* A history as an event file that TensorBoard reads.

     record = u64 length | u32 crc(length) | Event | u32 crc(Event)
   little-endian; crc is CRC-32C, rotated right by 15 bits, plus 0xa282ead8.  Event is a
   protocol buffer: 1 wall_time (double), 2 step (int64), 3 file_version (string),
   5 Summary { 1 Value { 1 tag (string), 2 simple_value (float) } }.
   Sources: TensorFlow's record format; RFC 3720 for the polynomial. */
#ifndef EAR_TRAIN_TENSORBOARD_H
#define EAR_TRAIN_TENSORBOARD_H

#include "fit.h"

/* CRC-32C (Castagnoli).  [any] */
uint32_t tensorboard_crc(const void *bytes, size_t n);

/* Bring the file up to the history: loss/train, loss/valid, accuracy/valid,
   macro_f1/valid, learning_rate, the step being the epoch.  A reader that follows the
   file sees records appended; what an interrupted write left at the end is mended. */
ear_status tensorboard_write(const char *path, const fit_history *h, ear_error *err);

#endif
