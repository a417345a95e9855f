/* SPDX-License-Identifier: ISC */
/* JSON values onto a stream: always valid UTF-8, always a dot, never NaN. */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/* "text" with quotes; bytes that are not UTF-8 become U+FFFD. */
void json_text(FILE *out, const char *text);

/* At most `decimals` digits after the dot, none of them a trailing zero; null if it is
   not finite. */
void json_number(FILE *out, double number, int decimals);

/* ,"key":"text" and ,"key":number as above: a further field of an object. */
void json_field_string(FILE *out, const char *key, const char *text);
void json_field_number(FILE *out, const char *key, double number, int decimals);

/* A field of RFC 4180: quoted if it needs to be. */
void csv_string(FILE *out, const char *text);

/* `text` unquoted but valid UTF-8 without control characters, for formats of lines. */
void plain_string(FILE *out, const char *text);

#endif
