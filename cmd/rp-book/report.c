#include "report.h"

#include <inttypes.h>
#include <stdio.h>

static void
count_faults(const struct report *r)
{
	uint64_t sum[RP_FAULTS] = { 0 }, verified = 0;

	for (size_t i = 0; i < r->books->n; i++) {
		const struct rp_lob *b = &r->books->all[i]->lob;

		for (size_t k = 0; k < RP_FAULTS; k++)
			sum[k] += b->faults[k];
		verified += b->verified;
	}
	rp_cli_count(r->cli, "books", r->books->n);
	if (verified > 0)
		rp_cli_count(r->cli, "verified", verified);
	for (size_t k = 0; k < RP_FAULTS; k++)
		if (sum[k] > 0)
			rp_cli_count(r->cli, rp_fault_names[k], sum[k]);
}

/* Why views are not there, or not to be trusted: not all that read them see
 * their flags. */
static void
warn_of_views(const struct report *r)
{
	const struct books *bs = r->books;
	size_t guesses = 0;

	for (size_t i = 0; i < bs->n; i++)
		guesses += bs->all[i]->type != 0 &&
		    bs->all[i]->lob.state != RP_LOB_VALID;
	if (bs->n == 0 && r->cli->counts.records_in > 0)
		rp_cli_warn(
		    r->cli, "no record is of type mbo, level, book or trade");
	if (!r->views)
		return;
	if (guesses > 0)
		rp_cli_warn(r->cli,
		    "%zu of %zu books are a guess at the end: no clear or "
		    "snapshot came since they began (--from-empty), or since "
		    "updates were missing",
		    guesses, bs->n);
	if (bs->open > 0 && !r->goes_on)
		rp_cli_warn(r->cli,
		    "%zu of %zu books end within an event, which is not shown: "
		    "no record with the flag last ends it",
		    bs->open, bs->n);
}

void
report_books(const struct report *r, bool failed)
{
	if (r->hash && !failed)
		fprintf(stderr, "state_hash %016" PRIx64 "\n",
		    books_hash(r->books));
	count_faults(r);
	if (r->other > 0)
		rp_cli_warn(r->cli,
		    "%" PRIu64 " records are of another type than their books "
		    "are built from, and were left out (choose with rp-filter "
		    "-t)",
		    r->other);
	if (!failed)
		warn_of_views(r);
}
