/* SPDX-License-Identifier: ISC */
/* A table in a data set: refused with its line, or rows of equal length, clips and sides
   that keep the promises of dataset.h. */
#include "fuzz.h"

#include "../../train/csv.h"
#include "../../train/split.h"

#include <string.h>

static void
check_clips(const dataset *ds)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *c = &ds->clip[i];
    if (c->label >= ds->n_labels || !(c->labels >> c->label & 1) ||
        c->group >= ds->n_groups || c->side >= N_SIDES) {
      fuzz_broken("a clip has a label, a group and a side that there are");
    }
  }
}

static void
read_as_set(const char *path, uint32_t how)
{
  static const char *const columns[] = {NULL, "label=a,path=b", "group=a", "split=label"};
  const dataset_source source = {.csv = path,
                                 .group_re = how & 1 ? "([a-z]+)" : NULL,
                                 .levels = 1 + (how >> 1 & 3),
                                 .several = how >> 3 & 1,
                                 .columns = columns[how >> 4 & 3]};
  dataset ds;
  ear_error err = {""};
  if (dataset_read(&ds, "/nowhere", &source, &err)) {
    fuzz_sentence(err.text);
    return;
  }
  fuzz_taken();
  check_clips(&ds);
  if (dataset_check(&ds, &err) || (split_given(&ds) && split_check(&ds, &err)) ||
      split_make(&ds, how, &err) || split_read(&ds, path, &err)) {
    fuzz_sentence(err.text);
  }
  dataset_free(&ds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  csv table;
  ear_error err = {""};
  const char *path = fuzz_file(data, n);
  if (csv_read(&table, path, &err)) {
    fuzz_sentence(err.text);
    return 0;
  }
  size_t length = 0;
  for (uint32_t row = 0; row < table.n_rows; ++row) {
    for (uint32_t k = 0; k <= table.n_columns; ++k) {
      length += strlen(csv_cell(&table, row, k));
    }
  }
  if (length > n) {
    fuzz_broken("cells hold no more than the file");
  }
  csv_free(&table);
  read_as_set(path, n ? data[n - 1] : 0);
  return 0;
}

static const char *const seed[] = {
    ("path,label,group,split\na.wav,x,1,train\nb.wav,y,2,valid\n\"c, d.wav\",x,3,test\n"
     "d.wav,y,4,train\n"),
    "file,class\r\n\"a\"\"b.wav\",\"x;y\"\r\nb.wav,x/z\r\nc.wav,y/z/u\r\n\n",
    "path,split\na.wav,train\nb.wav,val\n", "a,b\n\"line\nbreak\",2\n"};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  return i < sizeof seed / sizeof *seed ? fuzz_text(data, seed[i]) : 0;
}
