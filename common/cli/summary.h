/* What a stream holds (wire/tally.h), for people and as JSON. */
#ifndef RP_CLI_SUMMARY_H
#define RP_CLI_SUMMARY_H

#include "cli/json.h"
#include "types/text.h"
#include "wire/tally.h"

struct rp_summary {
	const struct rp_tally *tally;
	uint64_t segments; /* of a log; 0: it is no log */
	uint32_t end_flags; /* enum rp_end_flags, of all ENDs */
	bool sums; /* the sums by symbol are known: list them */
	bool indexed; /* tallied by an index: of DATA frames only */
	/* of times; NULL: ISO in UTC for people, ns in JSON */
	struct rp_text_style *style;
};

/* Aligned lines, indented by two. */
void rp_summary_print(const struct rp_summary *s, FILE *f);

/* Records, bytes, first and last time in columns, without a newline. */
void rp_summary_line(const struct rp_summary *s, FILE *f);

/* Members of the object that is open. */
void rp_summary_json(const struct rp_summary *s, struct rp_json *j);

#endif
