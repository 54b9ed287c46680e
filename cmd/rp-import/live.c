#include "live.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/time.h"
#include "net/http.h"
#include "net/ws.h"
#include "types/gap.h"

enum {
	SLICE =
	    250, /* ms after which a signal that came before a wait is seen */
	ASK = 50 /* ms between questions to a format about what it holds */
};

static int64_t
now_of(void *arg)
{
	return ((struct rp_live *)arg)->ts;
}

/* The record that stands at hand was not received to its end. */
static void
cut_off(struct rp_live *l)
{
	l->cut = (size_t)(l->im.in->end - l->im.in->at);
}

static enum rp_status
on_reject(void *arg, const char *text, size_t len, const char *reason)
{
	struct rp_live *l = arg;

	if (l->ended) { /* a last line that was not received to its end */
		l->host->warn(l->host->arg, reason);
		cut_off(l);
		return RP_OK;
	}
	l->rejected++;
	return l->host->reject(l->host->arg, text, len, reason);
}

static void
on_warn(void *arg, const char *text)
{
	struct rp_live *l = arg;

	l->host->warn(l->host->arg, text);
}

static void
on_count(void *arg, const char *name, uint64_t n)
{
	struct rp_live *l = arg;

	l->host->count(l->host->arg, name, n);
}

void
rp_live_versions(char *buf, size_t size)
{
	snprintf(buf, size, "libwebsockets %s, libcurl %s", rp_ws_version(),
	    rp_http_version());
}

bool
rp_live_wanted(const struct rp_live_options *o)
{
	return o->listen != NULL || o->ws != NULL;
}

static bool
is_http(const char *url)
{
	return strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0;
}

enum rp_status
rp_live_check(struct rp_cli *cli, const struct rp_live_options *o,
    const struct rp_import_format *format)
{
	static const char *const of_ws[] = { "subscribe", "snapshot-url",
		"ca-file", "stall-timeout", "max-retries", "seed" };

	if (!rp_live_wanted(o) && (o->raw != NULL || o->until_idle >= 0))
		return rp_cli_usage(
		    cli, "--raw and --until-idle go with --listen or --ws");
	for (size_t i = 0; o->ws == NULL && i < RP_LEN(of_ws); i++)
		if (rp_cli_given(cli, of_ws[i]))
			return rp_cli_usage(
			    cli, "--%s goes with --ws", of_ws[i]);
	if (!rp_live_wanted(o))
		return RP_OK;
	if (o->listen != NULL && o->ws != NULL)
		return rp_cli_usage(cli, "--listen or --ws, not both");
	if (cli->argc > 0)
		return rp_cli_usage(
		    cli, "a live source takes no operand '%s'", cli->argv[0]);
	if (o->ws != NULL && (format == NULL || !format->lines))
		return rp_cli_usage(
		    cli, "--ws needs the --format of a line, such as binance");
	for (size_t i = 0; i < o->snapshots.n; i++)
		if (!is_http(o->snapshots.item[i]))
			return rp_cli_usage(cli,
			    "--snapshot-url %s: is not http:// or https://",
			    o->snapshots.item[i]);
	return o->listen != NULL ? rp_live_check_listen(cli, o->listen, format)
				 : RP_OK;
}

/* As rp_writer_idle; a format that holds something back is asked, too. */
static int
on_wait(void *arg)
{
	struct rp_live *l = arg;
	const struct rp_import_format *format = l->im.format;
	bool asks = format != NULL && format->idle != NULL;
	int ms;

	if (asks && l->held == RP_OK)
		l->held = format->idle(&l->im, rp_time_now());
	ms = rp_writer_idle(l->w);
	return asks && (ms < 0 || ms > ASK) ? ASK : ms;
}

enum rp_status
rp_live_run(struct rp_live *l)
{
	enum rp_status st, closed;

	l->raw = (struct rp_raw){ .cli = l->cli, .path = l->o->raw, .fd = -1 };
	l->named = l->format != NULL ? l->format->name : NULL;
	l->heard = rp_clock_monotonic();
	l->ts = RP_ABSENT;
	l->options.now = now_of;
	l->options.now_arg = l;
	l->listener = (struct rp_import_host){ .arg = l,
		.warn = on_warn,
		.count = on_count,
		.reject = on_reject,
		.wait = on_wait,
		.wait_arg = l };
	st = l->o->ws != NULL ? rp_live_websocket(l) : rp_live_listen(l);
	closed = rp_raw_close(&l->raw);
	return st != RP_OK ? st : closed;
}

bool
rp_live_over(const struct rp_live *l)
{
	return rp_cli_stopping() ||
	    (l->o->until_idle >= 0 &&
		rp_clock_monotonic() - l->heard >= l->o->until_idle);
}

int
rp_live_slice(int ms)
{
	return ms < 0 || ms > SLICE ? SLICE : ms;
}

enum rp_status
rp_live_await(struct rp_live *l, int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int slice;

	while (!rp_live_over(l)) {
		slice = rp_live_slice(ms);
		if (poll(&p, 1, slice) > 0)
			return RP_OK;
		rp_cli_progress(l->cli);
		if (ms >= 0 && (ms -= slice) == 0)
			return RP_EMPTY;
	}
	return RP_END;
}

enum rp_status
rp_live_received(struct rp_live *l, const void *p, size_t len, int64_t ts)
{
	l->heard = rp_clock_monotonic();
	l->ts = ts;
	l->cli->counts.bytes_in += len;
	return rp_raw_add(&l->raw, p, len);
}

static enum rp_status
writer_failed(struct rp_live *l)
{
	const struct rp_error *e = rp_writer_error(l->w);

	return rp_error_set(&l->cli->error, e->status, "%s", e->text);
}

enum rp_status
rp_live_gap(struct rp_live *l, enum rp_gap_reason reason, int64_t from,
    int64_t to, uint64_t count)
{
	union rp_gap_row row;

	rp_gap_init(&row, reason, from, to)->count = count;
	return rp_writer_add(l->w, &row.rec, NULL, NULL) == RP_OK
	    ? RP_OK
	    : writer_failed(l);
}

/* By now all bytes read before have been converted: what they left to tell. */
static enum rp_status
settle(struct rp_live *l)
{
	uint64_t n = l->rejected;

	l->rejected = 0;
	if (l->held != RP_OK || n == 0)
		return l->held;
	return rp_live_gap(l, RP_GAP_UNDECODABLE, l->ts, l->ts, n);
}

static enum rp_status
read_live(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct rp_live *l = arg;
	enum rp_status st;

	if ((st = settle(l)) == RP_OK)
		st = l->source->read(l->source->arg, dst, cap, n, ms, err);
	l->ended = st == RP_END;
	return st;
}

enum rp_status
rp_live_convert(struct rp_live *l, const struct rp_intake_source *source,
    const char *name, struct rp_error *err)
{
	const uint64_t before = l->cli->counts.records_in;
	const struct rp_intake_source live = {
		.arg = l, .read = read_live, .plain = source->plain
	};
	struct rp_import *im = &l->im;
	enum rp_status st;

	l->source = source;
	l->ended = false;
	l->cut = 0;
	l->held = RP_OK;
	*im = (struct rp_import){ .format = l->format,
		.out = l->w,
		.host = &l->listener,
		.name = name,
		.notes = !l->cli->no_notes,
		.options = l->options };
	if ((im->in = rp_intake_from(&live)) == NULL)
		return rp_error_no_memory(err);
	st = rp_import_open(im);
	while (st == RP_OK) {
		st = rp_import_step(im);
		l->cli->counts.records_in = before + im->records + l->refused;
		rp_cli_progress(l->cli);
	}
	if (st == RP_END)
		rp_cli_say(l->cli, "%s: %llu records of %s", name,
		    (unsigned long long)im->records,
		    l->named != NULL ? l->named : im->format->name);
	else
		(void)rp_error_set(err, st, "%s", im->error.text);
	if (st == RP_ERR_TRUNCATED || st == RP_ERR_UNSUPPORTED)
		cut_off(l);
	/* of what is packed, the bytes kept are not those at hand */
	if (!rp_intake_packed(im->in) && rp_raw_cut(&l->raw, l->cut) != RP_OK)
		st = rp_error_set(err, RP_ERR_IO, "%s", l->cli->error.text);
	rp_import_close(im);
	rp_intake_free(im->in);
	return st == RP_END ? RP_OK : st;
}
