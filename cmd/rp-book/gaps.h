/*
 * Updates that are missing: by a gap record of the input, or as a book finds
 * out. Either is in every output as a gap record, or ends the run.
 */
#ifndef RP_BOOK_GAPS_H
#define RP_BOOK_GAPS_H

#include "cli/cli.h"
#include "cli/sift.h"
#include "books.h"
#include "emit.h"

struct gaps {
	struct rp_cli *cli;
	struct rp_sift *sift;
	struct books *books;
	struct emissions *emissions;
	bool fail; /* --on-gap fail */
};

/* A record of type gap: the books that it is meant for are a guess now. */
RP_CHECKED enum rp_status gaps_record(const struct gaps *g,
    const struct rp_frame *f, const struct rp_record *rec);

/*
 * These faults, of a record that was applied, made a book a guess; before: the
 * number of its last update until then.
 */
RP_CHECKED enum rp_status gaps_tell(const struct gaps *g,
    const struct rp_frame *f, const struct rp_record *rec,
    const struct book *book, rp_faults faults, uint64_t before);

#endif
