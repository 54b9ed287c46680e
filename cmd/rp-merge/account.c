#include "account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

enum { TOLD = 8 }; /* inputs that are warned of one by one */

static void
count_of(struct rp_cli *cli, const char *what, const char *name, uint64_t n)
{
	char *text;

	if (n == 0 || asprintf(&text, "%s:%s", what, name) < 0)
		return;
	rp_cli_count(cli, text, n);
	free(text);
}

void
accounts_tell(const struct account *accounts, struct rp_cli *cli,
    const struct rp_feeds *feeds, struct rp_arbiter *arbiter, bool lossy)
{
	struct rp_arbiter_totals lines;
	char span[RP_SPAN_ROOM];
	size_t late = 0;

	for (size_t i = 0; i < feeds->n; i++) {
		const struct account *a = &accounts[i];
		const char *name = feeds->feed[i].name;

		count_of(cli, "late", name, a->late);
		count_of(cli, "lateness-ns", name, a->lateness);
		lines = rp_arbiter_counts(arbiter, i);
		count_of(cli, "repeated", name, lines.repeated);
		count_of(cli, "gaps-filled", name, lines.filled);
		late += a->late > 0;
		if (a->late > 0 && late <= TOLD && cli->error.status == RP_OK)
			rp_cli_warn(cli,
			    "%s: %" PRIu64 " records late, by up to %s%s", name,
			    a->late, rp_span_text(span, a->lateness),
			    lossy ? ": left out" : "");
	}
	if (late > TOLD && cli->error.status == RP_OK)
		rp_cli_warn(
		    cli, "and %zu more inputs have late records", late - TOLD);
}
