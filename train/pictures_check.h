/* SPDX-License-Identifier: ISC */
/* Pictures of a data set. */
#ifndef EAR_TRAIN_PICTURES_CHECK_H
#define EAR_TRAIN_PICTURES_CHECK_H

#include "page_check.h"
#include "pictures.h"

picture picture_classes(const page_check *pc);
picture picture_durations(const page_check *pc);
picture picture_peaks(const page_check *pc);
picture picture_levels(const page_check *pc);
picture picture_formats(const page_check *pc); /* rate and channels */

#endif
