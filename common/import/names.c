#include "import/names.h"

#include <stdio.h>

/* Is it a field of any type? */
static bool
is_known(const struct rp_cell *c)
{
	struct rp_field field;

	for (size_t i = 0; i < rp_n_types; i++)
		if (rp_type_field(rp_types[i], c->text, c->len, &field))
			return true;
	return false;
}

size_t
rp_names_unknown(const struct rp_cell *names, size_t n)
{
	size_t i = 0;

	while (i < n && is_known(&names[i]))
		i++;
	return i;
}

bool
rp_names_have(const struct rp_cell *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (rp_cell_is(&names[i], name))
			return true;
	return false;
}

/* Has the type all columns? written: in what we write of it, not behind. */
static bool
fits(const struct rp_cell *names, size_t n, const struct rp_type *type,
    bool written)
{
	struct rp_field f;

	for (size_t i = 0; i < n; i++)
		if (!rp_type_field(type, names[i].text, names[i].len, &f) ||
		    (written && f.kind > RP_KIND_RECORD_FLAGS &&
			f.off + f.size > type->len))
			return false;
	return true;
}

const struct rp_type *
rp_names_type(const struct rp_cell *names, size_t n, char *which, size_t room)
{
	const struct rp_type *found = NULL;
	size_t count = 0, used = 0;

	for (int written = 1; written >= 0 && count == 0; written--)
		for (size_t i = 0; i < rp_n_types; i++)
			if (fits(names, n, rp_types[i], written) &&
			    used < room) {
				found = rp_types[i];
				used += (size_t)snprintf(which + used,
				    room - used, "%s%s",
				    count++ > 0 ? ", " : "", found->name);
			}
	return count == 1 ? found : NULL;
}
