/* SPDX-License-Identifier: ISC */
/* Words for humans: what a status means, which version this is. */
#include "earshot.h"

const char *
ear_strerror(ear_status st)
{
  switch (st) {
  case EAR_OK:
    return "no error";
  case EAR_NO_MEMORY:
    return "not enough memory";
  case EAR_BAD_ARGUMENT:
    return "an argument is out of range";
  case EAR_BAD_MODEL:
    return "not a model that this version accepts";
  case EAR_IO:
    return "a file could not be read or written";
  case EAR_NO_THREAD:
    return "the analysis thread could not be started";
  }
  return "unknown error";
}

const char *
ear_version(void)
{
  return "earshot " EAR_VERSION;
}
