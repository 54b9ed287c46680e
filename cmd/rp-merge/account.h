/* Inside rp-merge: what is told of each input at the end. */
#ifndef RP_MERGE_ACCOUNT_H
#define RP_MERGE_ACCOUNT_H

#include "cli/cli.h"
#include "cli/feeds.h"
#include "merge/arbiter.h"

struct account {
	uint64_t late, lateness; /* lateness: the most, ns */
	int64_t last; /* key of its last record */
};

/* Count and warn: of late records, lossy if they were left out, and of what
 * the arbiter left out. One account for each feed. */
void accounts_tell(const struct account *accounts, struct rp_cli *cli,
    const struct rp_feeds *feeds, struct rp_arbiter *arbiter, bool lossy);

#endif
