/* The files that AWS's tools share: sections of "name = value". */
#ifndef RP_STORE_PROFILE_H
#define RP_STORE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * The value of a name in "[section]" of len bytes of text; the last one
 * counts. Comments and what is indented, which is of another setting, are
 * passed over. NULL: there is none, or no memory; the caller frees.
 */
char *rp_profile_value(
    const char *text, size_t len, const char *section, const char *name);

/* There is such a section. */
bool rp_profile_has(const char *text, size_t len, const char *section);

#endif
