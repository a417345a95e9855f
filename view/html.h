/* SPDX-License-Identifier: ISC */
/* A page of HTML that is well-formed XML too, in one look with the pictures. */
#ifndef EAR_VIEW_HTML_H
#define EAR_VIEW_HTML_H

#include "save.h"

#include <stdio.h>

/* Head, style and the opening of the body, up to the heading.  more_style: rules of
   this page alone, or NULL. */
void html_begin(FILE *f, const char *title, const char *more_style);
void html_end(FILE *f);

/* Text that may hold anything: markup is escaped, bytes that are no UTF-8 become U+FFFD.
   Right between tags and inside double quotes. */
void html_text(FILE *f, const char *s);

/* printf of the program's own words and numbers; every %s is escaped. */
__attribute__((format(printf, 2, 3))) void html_say(FILE *f, const char *format, ...);

/* A path as a link: all but letters, digits and -_.~/ as %XX. */
void html_link(FILE *f, const char *path);

/* The picture inside the page, dark where the reader's system is: `dark` is the same size
   as `light`.  `alt` says in words what it shows.  Without a picture (memory is short),
   the words stand there. */
void html_picture(FILE *f, const view_picture *light, const view_picture *dark,
                  view_format format, const char *alt);

#endif
