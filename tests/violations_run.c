/* SPDX-License-Identifier: ISC */
/* The plugin's module with one violation seeded into run(), to see that each proof of the
   audio thread's purity catches it.  Linked with --wrap=messages_write around the very
   objects of the module.  The violation is named by EARSHOT_SEED when the module is
   loaded, and done in the 5,000th run and from then on. */
#include "plugin.h"
#include "violations.h"

enum { CLEAN_RUNS = 5000 };

void __real_messages_write(plugin *pl);
void __wrap_messages_write(plugin *pl);

static uint32_t n_runs;
static violation violate;

__attribute__((constructor)) static void
choose(void)
{
  violate = violation_choose();
}

void
__wrap_messages_write(plugin *pl)
{
  __real_messages_write(pl);
  if (++n_runs >= CLEAN_RUNS && violate) {
    violate();
  }
}
