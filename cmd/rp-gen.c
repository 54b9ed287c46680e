/*
 * rp-gen: a stream of a made-up market, order by order.
 *
 * Reads nothing; writes mbo records. The same options give the same records
 * on every machine (gen/market.h says by what process). Memory: 19 KiB a
 * symbol and a frame of output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/cli.h"
#include "gen/market.h"
#include "wire/directory.h"

struct opts {
	uint64_t records, seed, symbols, rate;
	const char *output, *start, *source;
	struct rp_list names;
	struct rp_writer_options writer;
};

static const struct rp_tool tool = {
	.name = "rp-gen",
	.usage = "[-S SEED] [-n RECORDS] [-N SYMBOLS | -s NAME ...] [-o FILE]",
	.summary = "generate the order-by-order stream of a market",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

/* The symbols: one string of all their names, one label each. */
struct symbols {
	struct rp_label *label;
	char *text;
};

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

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o, struct rp_market_options *market)
{
	enum rp_status st;

	if (o->names.n > 0)
		o->symbols = o->names.n;
	if (o->symbols < 1 || o->symbols > RP_MARKET_MAX_SYMBOLS)
		return rp_cli_usage(cli, "between 1 and %d symbols, please",
		    RP_MARKET_MAX_SYMBOLS);
	if ((st = check_names(cli, &o->names)) != RP_OK)
		return st;
	if (*o->source != '\0' &&
	    !rp_name_is_valid(o->source, strlen(o->source)))
		return rp_cli_usage(cli, "--source %s: not a name", o->source);
	if (o->rate < 1 || o->rate > RP_MARKET_MAX_RATE)
		return rp_cli_usage(cli, "--rate is between 1 and %d events/s",
		    RP_MARKET_MAX_RATE);
	if (rp_time_parse(o->start, strlen(o->start), NULL, &market->start) !=
	    RP_OK)
		return rp_cli_usage(cli, "--start %s: not a time", o->start);
	if (cli->argc > 0)
		return rp_cli_usage(cli, "%s: no input is read", cli->argv[0]);
	market->seed = o->seed;
	market->symbols = (uint32_t)o->symbols;
	market->rate = (uint32_t)o->rate;
	return RP_OK;
}

/* The user's names, or SYM0000 and so on. */
static enum rp_status
name_symbols(struct symbols *s, const struct opts *o)
{
	enum { ROOM = 16 };
	const char *name;
	size_t i;

	s->label = calloc(o->symbols, sizeof(*s->label));
	s->text = calloc(o->symbols, ROOM);
	if (s->label == NULL || s->text == NULL)
		return RP_ERR_NOMEM;
	for (i = 0; i < o->symbols; i++) {
		name = s->text + i * ROOM;
		if (o->names.n > 0)
			name = o->names.item[i];
		else
			snprintf(
			    s->text + i * ROOM, ROOM, "SYM%04u", (unsigned)i);
		rp_label_init(&s->label[i], RP_NAME_SYMBOL, name, strlen(name));
	}
	return RP_OK;
}

static const struct rp_record *
next_record(const struct rp_record *rec)
{
	return (const void *)((const uint8_t *)rec + rp_record_size(rec));
}

static enum rp_status
generate(struct rp_sink *sink, struct rp_market *m, struct symbols *s,
    struct rp_label *source, uint64_t records)
{
	struct rp_market_event ev;
	const struct rp_record *rec;
	enum rp_status st;
	uint32_t i;

	while (records > 0) {
		rp_market_next(m, records, &ev);
		records -= ev.records;
		for (i = 0, rec = ev.first; i < ev.records; i++) {
			st = rp_sink_add(
			    sink, rec, &s->label[ev.symbol], source);
			if (st != RP_OK)
				return st;
			rec = next_record(rec);
		}
	}
	return RP_OK;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct rp_market_options market = { 0 };
	struct symbols symbols = { 0 };
	struct rp_market *m = NULL;
	struct rp_label source;
	struct rp_sink sink;
	enum rp_status st;

	if ((st = check_opts(cli, o, &market)) != RP_OK)
		return st;
	rp_label_init(&source, RP_NAME_SOURCE, o->source, strlen(o->source));
	st = name_symbols(&symbols, o);
	if (st == RP_OK && (m = rp_market_new(&market)) == NULL)
		st = RP_ERR_NOMEM;
	if (st != RP_OK)
		rp_error_set(&cli->error, st, "no memory for %llu symbols",
		    (unsigned long long)o->symbols);
	else if ((st = rp_sink_open(&sink, cli, o->output, &o->writer)) ==
	    RP_OK) {
		if ((st = rp_sink_note(&sink)) == RP_OK)
			st = generate(&sink, m, &symbols,
			    *o->source != '\0' ? &source : NULL, o->records);
		st = rp_sink_close(&sink, st, 0);
	}
	rp_market_free(m);
	free(symbols.label);
	free(symbols.text);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = {
		.records = 1000000,
		.seed = 1,
		.symbols = 8,
		.rate = 100000,
		.start = "2024-01-02T14:30:00Z",
		.source = "gen",
	};
	const struct rp_option options[] = {
		{ 'S', "seed", RP_OPT_COUNT, &o.seed, "N",
		    "another market for each number (default 1)", NULL },
		{ 'n', "records", RP_OPT_COUNT, &o.records, "N",
		    "how many records (default 1M)", NULL },
		{ 'N', "symbols", RP_OPT_COUNT, &o.symbols, "N",
		    "how many symbols, SYM0000 and so on (default 8)", NULL },
		{ 's', "symbol", RP_OPT_LIST, &o.names, "NAME",
		    "a symbol's name; repeatable, instead of -N", NULL },
		{ 0, "source", RP_OPT_STRING, &o.source, "NAME",
		    "the records' source (default gen)", NULL },
		{ 0, "start", RP_OPT_STRING, &o.start, "T",
		    "when it starts (default 2024-01-02T14:30)", NULL },
		{ 0, "rate", RP_OPT_COUNT, &o.rate, "N",
		    "mean events/s of event time (default 100k)", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.writer.encoding, "CODEC",
		    "none, lz4[:LEVEL] or zstd[:LEVEL] (default none)", NULL },
		{ 0, "layout", RP_OPT_LAYOUT, &o.writer.encoding, "LAYOUT",
		    "rows or columns", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
