/*
 * rp-gen: a stream of a made-up market, as several feeds would carry it.
 *
 * Reads nothing; writes mbo, level, bbo and trade records of one market. The
 * same options give the same records on every machine (gen/market.h says by
 * what process, gen/views.h how it is seen, gen/faults.h what may befall it).
 * Memory: 27 KiB a symbol and a frame of output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/pacer.h"
#include "rp-gen/options.h"
#include "types/types.h"

static const struct rp_tool tool = {
	.name = "rp-gen",
	.usage = "[-S SEED] [-n RECORDS] [-N SYMBOLS | -s NAME ...] [-t NAME]\n"
		 "              [--fault KIND:RATE] [--realtime] [-o FILE]",
	.summary = "generate a deterministic market",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct gen {
	struct rp_cli *cli;
	const struct rp_gen_options *o;
	struct rp_feed_options feed;
	/* the symbols: one string of all their names, one label each */
	struct rp_label *label, source;
	char *text;
	struct rp_sink sink;
	struct rp_pacer pacer;
	struct rp_output log_out; /* --fault-log */
	FILE *log;
	uint64_t put, befell[RP_GEN_FAULTS];
};

/* ---- records ---- */

static enum rp_status
put_record(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	struct gen *g = arg;

	g->put++;
	return rp_sink_add(&g->sink, rec, &g->label[symbol],
	    *g->o->source != '\0' ? &g->source : NULL);
}

static enum rp_status
tell_fault(void *arg, enum rp_gen_fault fault, const struct rp_record *rec,
    uint32_t symbol)
{
	const struct rp_event *ev = (const struct rp_event *)rec->payload;
	struct gen *g = arg;
	struct rp_json j = { .f = g->log };
	char type[8];

	g->befell[fault]++;
	if (g->log == NULL)
		return RP_OK;
	rp_json_open(&j, NULL);
	rp_json_text(&j, "fault", rp_gen_fault_names[fault]);
	rp_json_u64(&j, "record", g->put + 1);
	rp_json_text(&j, "symbol", g->label[symbol].text);
	rp_json_text(&j, "type", rp_type_name(rec->type, type));
	rp_json_u64(&j, "sequence", ev->sequence);
	rp_json_i64(&j, "ts_event", ev->ts_event);
	rp_json_i64(&j, "ts_recv", rec->ts_recv);
	rp_json_close(&j);
	return RP_OK;
}

/* In its time, if that is wanted: RP_END when the user stops it. */
static enum rp_status
put_event(struct gen *g, struct rp_feed *feed, int64_t ts_recv)
{
	int64_t due = g->pacer.start + (ts_recv - g->feed.market.start);
	enum rp_status st = RP_OK;

	if (!g->o->realtime)
		return rp_feed_put(feed);
	st = rp_pacer_wait(&g->pacer, due, ts_recv);
	if (st == RP_OK)
		st = rp_feed_put(feed);
	return st == RP_OK ? rp_pacer_put(&g->pacer, due) : st;
}

static enum rp_status
generate(struct gen *g)
{
	const struct rp_faults_host host = { g, put_record, tell_fault };
	struct rp_feed *feed = rp_feed_new(&g->feed, &host);
	enum { PROGRESS = 4096 }; /* events from one look to the next */
	uint64_t events = 0;
	enum rp_status st;
	int64_t ts_recv;

	if (feed == NULL)
		return rp_error_set(&g->cli->error, RP_ERR_NOMEM,
		    "no memory for %" PRIu64 " symbols", g->o->symbols);
	rp_pacer_init(&g->pacer, &g->sink, false);
	if (g->o->start == NULL) /* it has opened before all was set up */
		g->pacer.start -= rp_time_now() - g->feed.market.start;
	while ((st = rp_feed_next(feed, &ts_recv)) == RP_OK) {
		if (ts_recv >= RP_MARKET_END) {
			st = rp_error_set(&g->cli->error, RP_ERR_LIMIT,
			    "time ends, in 2262: an earlier --start, please");
			break;
		}
		if ((st = put_event(g, feed, ts_recv)) != RP_OK)
			break;
		if (events++ % PROGRESS == 0)
			rp_cli_progress(g->cli);
	}
	if (st >= 0)
		st = rp_feed_end(feed);
	if (st >= 0 && g->o->realtime)
		st = rp_pacer_flush(&g->pacer);
	rp_feed_free(feed);
	return st;
}

/* ---- the ends ---- */

/* The user's names, or SYM0000 and so on. */
static enum rp_status
name_symbols(struct gen *g)
{
	enum { ROOM = 16 };
	const struct rp_gen_options *o = g->o;
	const char *name;
	size_t i;

	rp_label_init(&g->source, RP_NAME_SOURCE, o->source, strlen(o->source));
	g->label = calloc(o->symbols, sizeof(*g->label));
	g->text = calloc(o->symbols, ROOM);
	if (g->label == NULL || g->text == NULL)
		return rp_error_no_memory(&g->cli->error);
	for (i = 0; i < o->symbols; i++) {
		name = g->text + i * ROOM;
		if (o->names.n > 0)
			name = o->names.item[i];
		else
			snprintf(
			    g->text + i * ROOM, ROOM, "SYM%04u", (unsigned)i);
		rp_label_init(&g->label[i], RP_NAME_SYMBOL, name, strlen(name));
	}
	return RP_OK;
}

static enum rp_status
open_log(struct gen *g)
{
	const char *path = g->o->fault_log;
	enum rp_status st;

	if (path == NULL)
		return RP_OK;
	st = rp_output_open(&g->log_out, g->cli, path, false);
	if (st == RP_OK && (g->log = fdopen(dup(g->log_out.fd), "w")) == NULL)
		st = rp_error_errno(&g->cli->error, "%s", path);
	return st;
}

/* The log first: the stream says that all is done. */
static enum rp_status
close_log(struct gen *g, enum rp_status st)
{
	if (g->log != NULL && fclose(g->log) != 0 && st >= 0)
		st = rp_error_errno(&g->cli->error, "%s", g->o->fault_log);
	if (st >= 0 && g->log != NULL)
		st = rp_output_commit(&g->log_out);
	rp_output_discard(&g->log_out);
	return st;
}

static void
report(struct gen *g)
{
	char name[32];
	int i;

	if (g->o->realtime)
		rp_pacer_report(&g->pacer, g->cli);
	for (i = 0; i < RP_GEN_FAULTS; i++) {
		if (g->feed.fault_rate[i] == 0)
			continue;
		snprintf(name, sizeof(name), "fault_%s", rp_gen_fault_names[i]);
		rp_cli_count(g->cli, name, g->befell[i]);
	}
}

static enum rp_status
run(struct rp_cli *cli, struct rp_gen_options *o)
{
	struct gen g = { .cli = cli, .o = o };
	enum rp_status st;

	if ((st = rp_gen_options(cli, o, &g.feed)) != RP_OK)
		return st;
	if (o->realtime)
		rp_cli_live();
	if ((st = name_symbols(&g)) == RP_OK &&
	    (st = rp_sink_open(&g.sink, cli, o->output, &o->writer)) == RP_OK &&
	    (st = open_log(&g)) == RP_OK &&
	    (st = rp_sink_note(&g.sink)) == RP_OK)
		st = generate(&g);
	st = close_log(&g, st);
	st = rp_sink_close(&g.sink, st, 0);
	report(&g);
	free(g.label);
	free(g.text);
	return st;
}

int
main(int argc, char **argv)
{
	struct rp_gen_options o = RP_GEN_DEFAULTS;
	const struct rp_option options[] = {
		{ 'S', "seed", RP_OPT_COUNT, &o.seed, "N",
		    "another market for each number (default 1)", NULL },
		{ 'n', "records", RP_OPT_COUNT, &o.records, "N",
		    "how many records (default 1M)", NULL },
		{ 0, "duration", RP_OPT_SPAN, &o.duration, "SPAN",
		    "how long, in event time; instead of -n or with it", NULL },
		{ 'N', "symbols", RP_OPT_COUNT, &o.symbols, "N",
		    "how many symbols, SYM0000 and so on (default 8)", NULL },
		{ 's', "symbol", RP_OPT_LIST, &o.names, "NAME",
		    "a symbol's name; repeatable, instead of -N", NULL },
		{ 't', "type", RP_OPT_LIST, &o.types, "NAME,...",
		    "mbo, level, bbo, trade: views of it (default mbo)", NULL },
		{ 0, "model", RP_OPT_COUNT, &o.model, "N",
		    "the process by which it is made (default and only: 1)",
		    NULL },
		{ 0, "source", RP_OPT_STRING, &o.source, "NAME",
		    "the records' source (default gen)", NULL },
		{ 0, "start", RP_OPT_STRING, &o.start, "T",
		    "when it starts (default 2024-01-02T14:30)", NULL },
		{ 0, "rate", RP_OPT_COUNT, &o.rate, "N",
		    "mean events/s of event time (default 100k)", NULL },
		{ 0, "burst", RP_OPT_COUNT, &o.burst, "N",
		    "every other event in bursts, N times as fast", NULL },
		{ 0, "snapshots", RP_OPT_SPAN, &o.snapshots, "SPAN",
		    "a snapshot of each book as often as this", NULL },
		{ 0, "checksum", RP_OPT_FLAG, &o.checksum, NULL,
		    "level updates with a checksum of the book", NULL },
		{ 0, "fault", RP_OPT_LIST, &o.faults, "KIND:RATE",
		    "spoil this part of the updates; repeatable", NULL },
		{ 0, "fault-log", RP_OPT_STRING, &o.fault_log, "FILE",
		    "write each fault to FILE as a line of JSON", NULL },
		{ 0, "realtime", RP_OPT_FLAG, &o.realtime, NULL,
		    "send events in their time, from now on", NULL },
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
