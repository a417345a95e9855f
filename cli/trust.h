/* SPDX-License-Identifier: ISC */
/* The only places where the audio thread of a live session does what Clang's function
   effects would refuse: they look away here and nowhere else. */
#ifndef TRUST_H
#define TRUST_H

#if defined(__clang__) && __clang_major__ >= 20
#define TRUST_BEGIN                                                                      \
  _Pragma("clang diagnostic push")                                                       \
      _Pragma("clang diagnostic ignored \"-Wfunction-effects\"")
#define TRUST_END _Pragma("clang diagnostic pop")
#else
#define TRUST_BEGIN
#define TRUST_END
#endif

#endif
