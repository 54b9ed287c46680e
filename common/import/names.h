/* Inside import/: tables that name their columns as rp names its fields. */
#ifndef RP_IMPORT_NAMES_H
#define RP_IMPORT_NAMES_H

#include "import/cells.h"
#include "types/types.h"

/* The first of n columns that is no field of any type, or n. */
size_t rp_names_unknown(const struct rp_cell *names, size_t n);

/* Is there a column of this name? */
bool rp_names_have(const struct rp_cell *names, size_t n, const char *name);

/* The only type that has all these columns. NULL: there is none, or several;
 * which are these, as text. */
const struct rp_type *rp_names_type(
    const struct rp_cell *names, size_t n, char *which, size_t room);

#endif
