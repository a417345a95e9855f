/* SPDX-License-Identifier: ISC */
#ifndef EAR_TESTS_HOLDINGS_H
#define EAR_TESTS_HOLDINGS_H

/* Resident KiB, threads and open files of this process. */
typedef struct {
  long kib, n_threads, n_files;
} holdings;
holdings holdings_now(void);

#endif
