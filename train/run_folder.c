/* SPDX-License-Identifier: ISC */
/* The name of the folder follows from the model's alone. */
#include "run_folder.h"
#include "fail.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void
run_folder_path(char path[PATH_MAX], const char *out)
{
  static const char ending[] = ".safetensors";
  size_t n = strlen(out);
  if (n > sizeof ending && !strcmp(out + n - (sizeof ending - 1), ending)) {
    n -= sizeof ending - 1;
  }
  snprintf(path, PATH_MAX, "%.*s.run", (int)n, out);
}

ear_status
run_folder_make(const char *path, ear_error *err)
{
  if (mkdir(path, 0777) != 0 && errno != EEXIST) {
    return fail(err, EAR_IO, "the folder %s cannot be made: %s", path, strerror(errno));
  }
  return EAR_OK;
}
