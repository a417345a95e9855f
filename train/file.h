/* SPDX-License-Identifier: ISC */
/* Whole files, atomically: under their name stands the old content or the new one. */
#ifndef EAR_TRAIN_FILE_H
#define EAR_TRAIN_FILE_H

#include "../engine/earshot.h"

/* Temporary name beside path, flush, rename.  hash (may be NULL) gets the SHA-256 of the
   bytes in hexadecimal.  [any] */
ear_status file_write(const char *path, const void *bytes, size_t n, char hash[65],
                      ear_error *err);

/* False hope is costly: EAR_BAD_ARGUMENT if path is a folder or a device, to be asked
   before hours of work end in file_write.  Sweeps beside it.  [any] */
ear_status file_can_be_written(const char *path, ear_error *err);

/* Remove the temporary files that killed processes left in folder, or of path alone;
   whose process lives stays.  [any] */
void file_sweep(const char *folder);
void file_sweep_beside(const char *path);

/* bytes malloc'ed for the caller.  [any] */
ear_status file_read(const char *path, uint8_t **bytes, size_t *n, ear_error *err);

#endif
