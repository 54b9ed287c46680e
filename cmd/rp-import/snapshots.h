/*
 * Inside rp-import: the books' snapshots, fetched one after the other on each
 * connection, so that the updates on it have something to be applied to.
 *
 * Binance's rule ("How to manage a local order book correctly") is: receive
 * updates first, then fetch; a snapshot whose lastUpdateId is older than the
 * first update is fetched again; the updates after lastUpdateId are applied to
 * it. So a snapshot is asked for once an update of its symbol has come, and
 * nothing waits for it nor is dropped: the updates that came before it, some of
 * which are after lastUpdateId, stand before it in the stream, as they do in
 * recordings, and whoever keeps the book applies the rule. To hold them back
 * instead would make the times of reception go backwards, and delay trades.
 */
#ifndef RP_IMPORT_SNAPSHOTS_H
#define RP_IMPORT_SNAPSHOTS_H

#include "cli/cli.h"
#include "base/random.h"

struct rp_snapshots;

struct rp_snapshots_options {
	const struct rp_list *urls;
	const char *ca_file;
	size_t max_body; /* bytes */
	uint64_t max_retries; /* failures in a row, then it gives up */
};

/* NULL: no memory. opt's strings must outlive it. */
struct rp_snapshots *rp_snapshots_new(
    struct rp_cli *cli, const struct rp_snapshots_options *opt, uint64_t seed);
void rp_snapshots_free(struct rp_snapshots *s);

/* A connection is there: all are to be fetched. */
void rp_snapshots_begin(struct rp_snapshots *s);

/* The connection is lost: what is under way is not wanted any more. */
void rp_snapshots_cancel(struct rp_snapshots *s);

/* A message has come on it. */
void rp_snapshots_see(struct rp_snapshots *s, const char *text, size_t len);

/* One is under way: rp_snapshots_step wants to be called often. */
bool rp_snapshots_busy(const struct rp_snapshots *s);

struct rp_snapshot {
	const char *symbol; /* of its URL, in lower case, or "" */
	const char *text; /* JSON; valid until the next call */
	size_t len;
	int64_t ts; /* ns, UTC: when it was received */
};

/*
 * Go on, without waiting. RP_OK: a snapshot. RP_EMPTY: none yet, or no more.
 * RP_ERR_REMOTE: given up, RP_ERR_NOMEM; set in cli->error.
 */
RP_CHECKED enum rp_status rp_snapshots_step(
    struct rp_snapshots *s, struct rp_snapshot *snapshot);

#endif
