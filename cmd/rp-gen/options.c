#include "options.h"

#include <string.h>

#include "base/time.h"
#include "cli/values.h"
#include "wire/directory.h"

#define DEFAULT_RECORDS 1000000
#define DEFAULT_START "2024-01-02T14:30:00Z"
enum { MAX_BURST = 1000000 };

/* Two markets under one name would make a book that is crossed. */
static enum rp_status
check_names(struct rp_cli *cli, const struct rp_list *names)
{
	const char *name;
	size_t i, j;

	for (i = 0; i < names->n; i++) {
		name = names->item[i];
		if (!rp_name_is_valid(name, strlen(name)))
			return rp_cli_usage(
			    cli, "--symbol %s: not a name", name);
		for (j = 0; j < i; j++)
			if (strcmp(name, names->item[j]) == 0)
				return rp_cli_usage(
				    cli, "--symbol %s: given twice", name);
	}
	return RP_OK;
}

/* The index of the first len bytes of text among n words, or n. */
static size_t
find_word(const char *const *words, size_t n, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strncmp(words[i], text, len) == 0 && words[i][len] == '\0')
			break;
	return i;
}

/* "mbo,level": mbo alone if nothing is given. */
static enum rp_status
read_types(struct rp_cli *cli, const struct rp_gen_options *o,
    struct rp_feed_options *f)
{
	const struct rp_list *types = &o->types;
	const char *text;
	size_t i, len, view;

	f->views.view[RP_VIEW_MBO] = types->n == 0;
	for (i = 0; i < types->n; i++) {
		for (text = types->item[i];; text += len + 1) {
			len = strcspn(text, ",");
			view = find_word(rp_view_names, RP_VIEWS, text, len);
			if (view == RP_VIEWS)
				return rp_cli_usage(cli,
				    "--type %s: of mbo, level, bbo and trade, "
				    "please",
				    types->item[i]);
			f->views.view[view] = true;
			if (text[len] == '\0')
				break;
		}
	}
	return RP_OK;
}

static enum rp_status
read_faults(struct rp_cli *cli, const struct rp_gen_options *o,
    struct rp_feed_options *f)
{
	const struct rp_list *faults = &o->faults;
	uint64_t sum = 0, part;
	const char *text;
	size_t i, len, kind;

	for (i = 0; i < faults->n; i++) {
		text = faults->item[i];
		len = strcspn(text, ":");
		kind = find_word(rp_gen_fault_names, RP_GEN_FAULTS, text, len);
		if (kind == RP_GEN_FAULTS)
			return rp_cli_usage(cli,
			    "--fault %s: no such kind (rp-gen(1) has them)",
			    text);
		if (text[len] == '\0' || !rp_value_share(text + len + 1, &part))
			return rp_cli_usage(cli,
			    "--fault %s: expected KIND:RATE, such as "
			    "lost:0.1%%",
			    text);
		if (f->fault_rate[kind] != 0)
			return rp_cli_usage(
			    cli, "--fault %s: given twice", text);
		f->fault_rate[kind] = part;
		sum += part;
	}
	f->faulty = faults->n > 0;
	if (sum > (uint64_t)1 << 32)
		return rp_cli_usage(cli, "--fault: more than 100%% together");
	if (o->fault_log != NULL && !f->faulty)
		return rp_cli_usage(cli, "--fault-log without --fault");
	return rp_output_apart(cli, o->output, o->fault_log);
}

static enum rp_status
check_numbers(struct rp_cli *cli, const struct rp_gen_options *o)
{
	if (o->model != RP_MARKET_MODEL)
		return rp_cli_usage(
		    cli, "--model: the only one is %d", RP_MARKET_MODEL);
	if (o->symbols < 1 || o->symbols > RP_MARKET_MAX_SYMBOLS)
		return rp_cli_usage(cli, "between 1 and %d symbols, please",
		    RP_MARKET_MAX_SYMBOLS);
	if (o->rate < 1 || o->rate > RP_MARKET_MAX_RATE)
		return rp_cli_usage(cli, "--rate is between 1 and %d events/s",
		    RP_MARKET_MAX_RATE);
	if (o->burst < 1 || o->burst > MAX_BURST)
		return rp_cli_usage(
		    cli, "--burst is between 1 and %d", MAX_BURST);
	return RP_OK;
}

static enum rp_status
read_start(struct rp_cli *cli, const struct rp_gen_options *o,
    struct rp_feed_options *f)
{
	const char *text = o->start;
	int64_t *start = &f->market.start;

	if (text == NULL && o->realtime) {
		*start = rp_time_now();
		return RP_OK;
	}
	if (text == NULL)
		text = DEFAULT_START;
	if (rp_time_parse(text, strlen(text), NULL, start) != RP_OK)
		return rp_cli_usage(cli, "--start %s: not a time", text);
	if (*start >= RP_MARKET_END)
		return rp_cli_usage(
		    cli, "--start %s: too near the end of times", text);
	return RP_OK;
}

enum rp_status
rp_gen_options(
    struct rp_cli *cli, struct rp_gen_options *o, struct rp_feed_options *f)
{
	enum rp_status st;

	if (o->names.n > 0)
		o->symbols = o->names.n;
	if ((st = check_numbers(cli, o)) != RP_OK ||
	    (st = check_names(cli, &o->names)) != RP_OK ||
	    (st = read_types(cli, o, f)) != RP_OK ||
	    (st = read_faults(cli, o, f)) != RP_OK ||
	    (st = read_start(cli, o, f)) != RP_OK)
		return st;
	if (*o->source != '\0' &&
	    !rp_name_is_valid(o->source, strlen(o->source)))
		return rp_cli_usage(cli, "--source %s: not a name", o->source);
	if (o->checksum && !f->views.view[RP_VIEW_LEVEL])
		return rp_cli_usage(cli, "--checksum is of --type level");
	if (cli->argc > 0)
		return rp_cli_usage(cli, "%s: no input is read", cli->argv[0]);
	if (o->records == UINT64_MAX && o->duration == 0 && !o->realtime)
		o->records = DEFAULT_RECORDS;
	f->market.seed = o->seed;
	f->market.symbols = (uint32_t)o->symbols;
	f->market.rate = (uint32_t)o->rate;
	f->market.burst = (uint32_t)o->burst;
	f->views.checksum = o->checksum;
	f->views.snapshots = o->snapshots;
	f->records = o->records;
	f->duration = o->duration;
	return RP_OK;
}
