/* SPDX-License-Identifier: ISC */
/* A client of the New Session Manager (API 1.0): the manager that started us says under
   which name and from which file to run, and when to save.  Without NSM_URL, without a
   manager that answers, or without liblo, a run is as any other. */
#ifndef NSM_H
#define NSM_H

#include "live_options.h"

typedef struct nsm nsm;

#ifdef HAVE_LIBLO

/* With NSM_URL set: announce, wait until the manager opens a session, and take from it
   the client name and what was saved.  NULL if no session is managed.  [setup] */
nsm *nsm_join(live_options *options);

/* Answer the manager; pass message on to it unless NULL.  NULL is fine for manager.
   [setup: the main thread, often] */
void nsm_idle(void *manager, const char *message);
void nsm_leave(nsm *manager); /* NULL is fine */

#else

static inline nsm *
nsm_join(live_options *options)
{
  (void)options;
  return NULL;
}
static inline void
nsm_idle(void *manager, const char *message)
{
  (void)manager;
  (void)message;
}
static inline void
nsm_leave(nsm *manager)
{
  (void)manager;
}

#endif
#endif
