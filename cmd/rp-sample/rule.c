#include "rule.h"

#include <string.h>

#include "base/bytes.h"
#include "base/template.h"
#include "cli/values.h"

/* The one of --every and so on that was given, and its number. */
static bool
read_mode(const struct rule_opts *o, struct rp_sample_options *r)
{
	const bool last = o->keep != NULL && *o->keep == 'l';
	const struct {
		bool given;
		enum rp_sample_mode mode;
		uint64_t n;
	} modes[] = {
		{ o->every != NOT_GIVEN, RP_SAMPLE_EVERY, o->every },
		{ o->probability != NULL,
		    o->key != NULL ? RP_SAMPLE_KEY : RP_SAMPLE_CHANCE, 0 },
		{ o->count != NOT_GIVEN, RP_SAMPLE_COUNT, o->count },
		{ o->interval != 0, last ? RP_SAMPLE_LAST : RP_SAMPLE_FIRST,
		    0 },
		{ o->head != NOT_GIVEN, RP_SAMPLE_HEAD, o->head },
		{ o->tail != NOT_GIVEN, RP_SAMPLE_TAIL, o->tail },
		{ o->max_rate != NULL, RP_SAMPLE_RATE, 0 },
	};
	int given = 0;
	size_t i;

	for (i = 0; i < RP_LEN(modes); i++)
		if (modes[i].given) {
			r->mode = modes[i].mode;
			r->n = modes[i].n;
			given++;
		}
	return given == 1;
}

/* Options that mean something with some modes only. */
static enum rp_status
check_opts(struct rp_cli *cli, const struct rule_opts *o)
{
	const bool interval = o->interval != 0, rate = o->max_rate != NULL;
	const bool drawn = o->probability != NULL;
	const struct {
		bool given, fits;
		const char *why;
	} rules[] = {
		{ o->offset != 0, o->offset < o->every && o->every != NOT_GIVEN,
		    "--offset is below --every N" },
		{ o->every == 0, false, "--every is at least 1" },
		{ o->key != NULL, drawn, "--key is for --probability" },
		{ o->seed != NOT_GIVEN, drawn || o->count != NOT_GIVEN,
		    "--seed is for --probability and --count" },
		{ o->keep != NULL, interval, "--keep is for --interval" },
		{ o->day_start != NULL, interval,
		    "--day-start is for --interval" },
		{ o->burst != NOT_GIVEN, rate && o->burst > 0,
		    "--burst is for --max-rate, and at least 1" },
		{ rp_cli_given(cli, "clock"), interval || rate,
		    "--clock is for --interval and --max-rate" },
		{ o->per != NULL, !drawn,
		    "--per is for what is counted, not for --probability" },
	};
	size_t i;

	for (i = 0; i < RP_LEN(rules); i++)
		if (rules[i].given && !rules[i].fits)
			return rp_cli_usage(cli, "%s", rules[i].why);
	return rp_output_apart(cli, o->output, o->reject);
}

static enum rp_sample_per
read_per(const struct rule_opts *o)
{
	static const char *const words[] = { [RP_PER_ALL] = "all",
		[RP_PER_SYMBOL] = "symbol",
		[RP_PER_SOURCE] = "source",
		[RP_PER_TYPE] = "type" };
	unsigned i;

	for (i = 0; o->per != NULL && i < RP_LEN(words); i++)
		if (strcmp(o->per, words[i]) == 0)
			return (enum rp_sample_per)i;
	return o->interval != 0 ? RP_PER_SYMBOL : RP_PER_ALL;
}

enum rp_status
rule_read(
    struct rp_cli *cli, const struct rule_opts *o, struct rp_sample_options *r)
{
	enum rp_status st;

	*r = (struct rp_sample_options){
		.per = read_per(o),
		.offset = o->offset,
		.seed = o->seed != NOT_GIVEN ? o->seed : 1,
		.key = o->key,
		.span = o->interval,
		.clock = o->clock,
		.whole_events = o->whole_events,
		.rejects = o->reject != NULL,
	};
	if (!read_mode(o, r))
		return rp_cli_usage(cli,
		    "one of --every, --probability, --count, --interval, "
		    "--head, --tail and --max-rate is needed");
	if ((st = check_opts(cli, o)) != RP_OK)
		return st;
	if (o->probability != NULL &&
	    rp_decimal_parse(
		o->probability, strlen(o->probability), &r->share) != RP_OK)
		return rp_cli_usage(
		    cli, "--probability: '%s' is no number", o->probability);
	if (o->day_start != NULL &&
	    rp_day_start_parse(o->day_start, &r->shift) != RP_OK)
		return rp_cli_usage(cli,
		    "--day-start: '%s' is no time of day (17:00)",
		    o->day_start);
	if (o->max_rate != NULL && !rp_value_rate(o->max_rate, &r->n, &r->span))
		return rp_cli_usage(cli,
		    "--max-rate: '%s' is no rate (100/s, 1k/5m)", o->max_rate);
	r->burst = o->burst != NOT_GIVEN ? o->burst : r->n;
	return RP_OK;
}
