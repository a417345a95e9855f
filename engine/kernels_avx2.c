/* SPDX-License-Identifier: ISC */
#include "earshot.h"
