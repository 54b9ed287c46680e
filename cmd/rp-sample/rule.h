/* Inside rp-sample: its options, read and checked, and the rule they make. */
#ifndef RP_SAMPLE_RULE_H
#define RP_SAMPLE_RULE_H

#include "cli/cli.h"
#include "sample/sample.h"

struct rule_opts {
	uint64_t every, offset, count, head, tail, seed, burst;
	const char *probability, *key, *max_rate, *keep, *per;
	enum rp_clock clock;
	const char *day_start;
	int64_t interval;
	bool whole_events;
	const char *output, *reject;
};

#define NOT_GIVEN UINT64_MAX

/* As if none were given. */
#define RULE_DEFAULTS                                                      \
	{                                                                  \
		.every = NOT_GIVEN, .count = NOT_GIVEN, .head = NOT_GIVEN, \
		.tail = NOT_GIVEN, .seed = NOT_GIVEN, .burst = NOT_GIVEN,  \
	}

/* RP_ERR_USAGE was told. */
RP_CHECKED enum rp_status rule_read(
    struct rp_cli *cli, const struct rule_opts *o, struct rp_sample_options *r);

#endif
