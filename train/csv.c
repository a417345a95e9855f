/* SPDX-License-Identifier: ISC */
/* One pass over the bytes; a cell is complete when its separator has been seen, a row
   when its line end has. */
#include "csv.h"
#include "fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *text; /* the cell being read */
  size_t n, room;
  char **cell; /* all cells so far */
  size_t n_cells, cell_room;
  size_t row_start;   /* index of the row's first cell */
  uint32_t n_columns; /* 0 until the header is complete */
  uint32_t n_rows;    /* complete, with the header */
  uint64_t line;
  bool quoted;    /* inside quotes */
  bool was_quote; /* the last byte closed a quote: another one means a quote */
  bool open;      /* bytes were read since the last row ended */
} reader;

static bool
put(reader *rd, char c)
{
  if (rd->n + 1 >= rd->room) {
    const size_t room = rd->room ? 2 * rd->room : 256;
    char *text = realloc(rd->text, room);
    if (!text) {
      return false;
    }
    rd->text = text;
    rd->room = room;
  }
  rd->text[rd->n++] = c;
  return true;
}

static bool
end_cell(reader *rd)
{
  if (!put(rd, '\0')) {
    return false;
  }
  if (rd->n_cells == rd->cell_room) {
    const size_t room = rd->cell_room ? 2 * rd->cell_room : 256;
    char **cell = realloc(rd->cell, room * sizeof *cell);
    if (!cell) {
      return false;
    }
    rd->cell = cell;
    rd->cell_room = room;
  }
  char *copy = strdup(rd->text);
  if (!copy) {
    return false;
  }
  rd->cell[rd->n_cells++] = copy;
  rd->n = 0;
  return true;
}

static ear_status
end_row(reader *rd, const char *path, ear_error *err)
{
  const size_t n = rd->n_cells - rd->row_start;
  if (n == 1 && rd->cell[rd->row_start][0] == '\0') { /* an empty line */
    free(rd->cell[--rd->n_cells]);
    return EAR_OK;
  }
  if (rd->n_columns == 0) {
    rd->n_columns = (uint32_t)n;
  }
  if (n != rd->n_columns) {
    return fail(err, EAR_BAD_ARGUMENT, "%s, line %llu: %zu cells where the header has %u",
                path, (unsigned long long)rd->line, n, rd->n_columns);
  }
  rd->row_start = rd->n_cells;
  ++rd->n_rows;
  return EAR_OK;
}

/* True if c belongs to the quoting and is used up by it. */
static bool
take_quote(reader *rd, char c, bool *no_memory)
{
  if (c != '"' || (!rd->quoted && !rd->was_quote && rd->n != 0)) {
    rd->was_quote = false;
    return false;
  }
  *no_memory = !rd->quoted && rd->was_quote && !put(rd, '"');
  rd->was_quote = rd->quoted;
  rd->quoted = !rd->quoted;
  return true;
}

static ear_status
take(reader *rd, char c, const char *path, ear_error *err)
{
  bool no_memory = false;
  rd->open = true;
  if (take_quote(rd, c, &no_memory)) {
    return no_memory ? EAR_NO_MEMORY : EAR_OK;
  }
  if (!rd->quoted && c == '\r') {
    return EAR_OK;
  }
  if (rd->quoted || (c != ',' && c != '\n')) {
    rd->line += c == '\n';
    return put(rd, c) ? EAR_OK : EAR_NO_MEMORY;
  }
  if (!end_cell(rd)) {
    return EAR_NO_MEMORY;
  }
  if (c == ',') {
    return EAR_OK;
  }
  rd->open = false;
  const ear_status st = end_row(rd, path, err);
  ++rd->line;
  return st;
}

static ear_status
read_all(reader *rd, FILE *f, const char *path, ear_error *err)
{
  ear_status st = EAR_OK;
  rd->line = 1;
  static const char mark[3] = {'\xef', '\xbb', '\xbf'}; /* of UTF-8, by spreadsheets */
  char first[3];
  if (fread(first, 1, 3, f) != 3 || memcmp(first, mark, 3) != 0) {
    rewind(f);
  }
  for (int c = getc(f); c != EOF && !st; c = getc(f)) {
    st = take(rd, (char)c, path, err);
  }
  if (st || !rd->open) {
    return st;
  }
  if (rd->quoted) {
    return fail(err, EAR_BAD_ARGUMENT, "%s ends inside quotes: close them", path);
  }
  return end_cell(rd) ? end_row(rd, path, err) : EAR_NO_MEMORY;
}

ear_status
csv_read(csv *table, const char *path, ear_error *err)
{
  *table = (csv){0};
  FILE *f = fopen(path, "rb");
  if (!f) {
    return fail(err, EAR_IO, "%s cannot be opened: %s", path, strerror(errno));
  }
  reader rd = {0};
  ear_status st = read_all(&rd, f, path, err);
  if (st == EAR_NO_MEMORY) {
    fail_say(err, "%s: not enough memory", path);
  } else if (!st && ferror(f)) {
    st = fail(err, EAR_IO, "%s cannot be read", path);
  } else if (!st && rd.n_columns == 0) {
    st = fail(err, EAR_BAD_ARGUMENT, "%s is empty: it needs a header line", path);
  }
  fclose(f);
  free(rd.text);
  *table = (csv){rd.n_columns, rd.n_rows ? rd.n_rows - 1 : 0, rd.cell};
  if (st) {
    for (size_t i = 0; i < rd.n_cells; ++i) {
      free(rd.cell[i]);
    }
    free(rd.cell);
    *table = (csv){0};
  }
  return st;
}

void
csv_free(csv *table)
{
  for (size_t i = 0; i < (size_t)(table->n_rows + 1) * table->n_columns; ++i) {
    free(table->cell[i]);
  }
  free(table->cell);
  *table = (csv){0};
}

uint32_t
csv_column(const csv *table, const char *name)
{
  uint32_t c = 0;
  while (c < table->n_columns && strcmp(table->cell[c], name) != 0) {
    ++c;
  }
  return c;
}

const char *
csv_cell(const csv *table, uint32_t row, uint32_t column)
{
  return column >= table->n_columns
             ? ""
             : table->cell[(size_t)(row + 1) * table->n_columns + column];
}

void
csv_put(FILE *f, const char *cell)
{
  if (!cell[strcspn(cell, ",\"\r\n")]) {
    fputs(cell, f);
    return;
  }
  putc('"', f);
  for (; *cell; ++cell) {
    if (*cell == '"') {
      putc('"', f);
    }
    putc(*cell, f);
  }
  putc('"', f);
}
