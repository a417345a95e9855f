/* SPDX-License-Identifier: ISC */
/* Style and script of the report, beside the style that all pages share. */
#ifndef REPORT_SCRIPT_H
#define REPORT_SCRIPT_H

extern const char report_style[];

/* Free of < and &, so that the page stays well-formed XML. */
extern const char report_script[];

#endif
