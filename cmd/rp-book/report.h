/* What is said of the books at the end of a run. */
#ifndef RP_BOOK_REPORT_H
#define RP_BOOK_REPORT_H

#include "cli/cli.h"
#include "books.h"

struct report {
	struct rp_cli *cli;
	const struct books *books;
	bool views; /* events were to be shown */
	bool goes_on; /* in another run: events may be open */
	bool hash; /* --state-hash */
	uint64_t other; /* records of another type than their book's */
};

/* Counts for the statistics; of a run that did not fail, warnings, too. */
void report_books(const struct report *r, bool failed);

#endif
