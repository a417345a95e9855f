/* SPDX-License-Identifier: ISC */
/* From one file to another, as a page links them. */
#ifndef LINK_H
#define LINK_H

/* The way from the folder of `page`, which need not exist yet, to `file`, which does:
   "../album/a.wav", malloc'ed; NULL if there is no such file or memory is short. */
char *link_from(const char *page, const char *file);

#endif
