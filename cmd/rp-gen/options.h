/* Inside rp-gen: its options, read and checked. */
#ifndef RP_GEN_OPTIONS_H
#define RP_GEN_OPTIONS_H

#include "cli/cli.h"
#include "gen/feed.h"

struct rp_gen_options {
	uint64_t records, seed, symbols, rate, burst, model;
	int64_t duration, snapshots;
	const char *output, *start, *source, *fault_log;
	struct rp_list names, types, faults;
	bool checksum, realtime;
	struct rp_writer_options writer;
};

/* As if none were given. */
#define RP_GEN_DEFAULTS                                               \
	{                                                             \
		.records = UINT64_MAX, .seed = 1, .symbols = 8,       \
		.rate = 100000, .burst = 1, .model = RP_MARKET_MODEL, \
		.source = "gen",                                      \
	}

/* Check them and say what feed they ask for; symbols and records get their
 * values. RP_ERR_USAGE was told. */
RP_CHECKED enum rp_status rp_gen_options(
    struct rp_cli *cli, struct rp_gen_options *o, struct rp_feed_options *f);

#endif
