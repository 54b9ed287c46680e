/*
 * --ws: messages of an exchange, for as long as it takes. A connection that is
 * lost, or falls silent, is replaced by another after a while; on each the
 * subscriptions are sent and the snapshots are fetched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "live.h"
#include "net/backoff.h"
#include "net/ws.h"
#include "snapshots.h"
#include "types/text.h"

enum {
	MARGIN = 4096, /* bytes of a line around a message */
	OPAQUE = (RP_INTAKE_MAX - MARGIN) / 2, /* bytes kept as hexadecimal */
	BUSY = 5 /* ms between looks at a request that is under way */
};

/* Binance takes five messages a second and closes on more. */
#define PACE (RP_SECOND / 4)

struct feed {
	struct rp_live *l;
	struct rp_ws *ws;
	struct rp_snapshots *snapshots;
	struct rp_random random;

	char *subscribe; /* the file's text */
	const char *next_line; /* of it to send; NULL: all were sent */
	int64_t send_at; /* monotonic ns */

	bool open;
	int64_t connect_at; /* monotonic ns, if it is not open; then INT64_MAX:
			     * an attempt is under way */
	int64_t alive; /* when the last message came, monotonic ns */
	uint64_t failures; /* in a row */
	uint64_t connections;
	int64_t lost; /* nothing is known from then on; RP_ABSENT: all is */

	struct rp_buffer line; /* what the format is being given */
	size_t given;
};

/* ---- subscriptions ---- */

/* The line at p, without its end; the one after it, or NULL. */
static const char *
next_line(const char *p, size_t *len)
{
	*len = strcspn(p, "\r\n");
	p += *len;
	p += strspn(p, "\r\n");
	return *p != '\0' ? p : NULL;
}

static const char *
first_line(const struct feed *f)
{
	const char *p = f->subscribe;

	if (p != NULL)
		p += strspn(p, "\r\n");
	return p != NULL && *p != '\0' ? p : NULL;
}

static enum rp_status
read_subscriptions(struct feed *f, const char *path)
{
	struct rp_error *err = &f->l->cli->error;
	FILE *file = fopen(path, "re");
	size_t size = 0;
	ssize_t len;

	if (file == NULL)
		return rp_error_errno(err, "%s", path);
	len = getdelim(&f->subscribe, &size, '\0', file);
	if (ferror(file)) {
		fclose(file);
		return rp_error_errno(err, "%s", path);
	}
	fclose(file);
	if (len <= 0 || first_line(f) == NULL)
		return rp_error_set(err, RP_ERR_USAGE,
		    "%s: has no message to subscribe by", path);
	return RP_OK;
}

static enum rp_status
send_due(struct feed *f)
{
	const char *line = f->next_line;
	size_t len;

	if (line == NULL || !f->open || rp_clock_monotonic() < f->send_at)
		return RP_OK;
	f->next_line = next_line(line, &len);
	f->send_at = rp_clock_monotonic() + PACE;
	return rp_ws_send(f->ws, line, len) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(&f->l->cli->error);
}

/* ---- lines ---- */

/* Room for a line around a text of len bytes; NULL: no memory. */
static char *
new_line(struct feed *f, size_t len)
{
	f->line.len = f->given = 0;
	if (rp_buffer_reserve(&f->line, len + MARGIN) == RP_OK)
		return (char *)f->line.data;
	rp_error_no_memory(&f->l->cli->error);
	return NULL;
}

/* A line of n bytes, for the format and for --raw. */
static enum rp_status
end_line(struct feed *f, size_t n, int64_t ts)
{
	f->line.data[n++] = '\n';
	f->line.len = n;
	return rp_live_received(f->l, f->line.data, n, ts);
}

/* A message behind its time, and as a combined stream has it with a symbol. */
static enum rp_status
put_message(struct feed *f, const char *symbol, const void *text, size_t len,
    int64_t ts)
{
	const struct rp_import_format *format = f->l->format;
	char *p = new_line(f, len);
	size_t n = 0;

	if (p == NULL)
		return RP_ERR_NOMEM;
	if (format->stamp != NULL)
		n = format->stamp(p, ts);
	if (symbol != NULL)
		n += (size_t)sprintf(
		    p + n, "{\"stream\":\"%s@snapshot\",\"data\":", symbol);
	memcpy(p + n, text, len);
	/* between the tokens of JSON a blank says the same */
	for (char *q = p + n; q < p + n + len; q++)
		if (*q == '\n' || *q == '\r')
			*q = ' ';
	n += len;
	if (symbol != NULL)
		p[n++] = '}';
	return end_line(f, n, ts);
}

static enum rp_status
give(struct feed *f, uint8_t *dst, size_t cap, size_t *n)
{
	*n = f->line.len - f->given;
	if (*n > cap)
		*n = cap;
	memcpy(dst, f->line.data + f->given, *n);
	f->given += *n;
	return RP_OK;
}

static enum rp_status
put_snapshot(struct feed *f, const struct rp_snapshot *s)
{
	bool named =
	    s->symbol[0] != '\0' && strcmp(f->l->format->name, "binance") == 0;

	rp_cli_count(f->l->cli, "snapshots", 1);
	return put_message(f, named ? s->symbol : NULL, s->text, s->len, s->ts);
}

/*
 * What no format can read is a line all the same, which it rejects again when
 * --raw is read: <binary 00ff80>, or <not kept> of what is too long.
 */
static enum rp_status
keep_opaque(
    struct feed *f, const struct rp_ws_event *e, const char **hex, size_t *len)
{
	const struct rp_import_format *format = f->l->format;
	bool kept = e->what == RP_WS_BINARY && e->len <= OPAQUE;
	char *p = new_line(f, kept ? 2 * e->len : 0);
	size_t n = 0;

	if (p == NULL)
		return RP_ERR_NOMEM;
	if (format->stamp != NULL)
		n = format->stamp(p, e->ts);
	n += (size_t)sprintf(p + n, "%s", kept ? "<binary " : "<not kept");
	*hex = p + n;
	*len = kept ? rp_text_hex(p + n, e->data, e->len) : 0;
	n += *len;
	memcpy(p + n, ">\n", 2);
	return rp_raw_add(&f->l->raw, p, n + 2);
}

static enum rp_status
reject(struct feed *f, const struct rp_ws_event *e)
{
	const char *what = e->what == RP_WS_BINARY
	    ? "a binary message"
	    : "a message of more bytes than are taken";
	const char *hex;
	enum rp_status st;
	size_t n;

	if ((st = keep_opaque(f, e, &hex, &n)) != RP_OK)
		return st;
	f->l->refused++;
	f->l->cli->counts.bytes_in += e->len;
	st = rp_cli_reject(f->l->cli, hex, n, "%s: %s", f->l->o->ws, what);
	return st == RP_OK
	    ? rp_live_gap(f->l, RP_GAP_UNDECODABLE, e->ts, e->ts, 1)
	    : st;
}

/* ---- the connection ---- */

static enum rp_status
tell_gap(struct feed *f, int64_t now)
{
	int64_t lost = f->lost;

	f->lost = RP_ABSENT;
	return lost == RP_ABSENT
	    ? RP_OK
	    : rp_live_gap(f->l, RP_GAP_DISCONNECT, lost, now, 0);
}

/* A format that has a line for it tells the gap itself. */
static enum rp_status
tell_connected(struct feed *f, int64_t ts)
{
	const struct rp_import_format *format = f->l->format;
	const char *url = f->l->o->ws;
	char *p;

	if (format->connected == NULL)
		return tell_gap(f, ts);
	f->lost = RP_ABSENT;
	if ((p = new_line(f, strlen(url))) == NULL)
		return RP_ERR_NOMEM;
	return end_line(f, format->connected(p, url, ts), ts);
}

static enum rp_status
on_open(struct feed *f, int64_t ts)
{
	f->open = true;
	f->alive = f->send_at = rp_clock_monotonic();
	f->next_line = first_line(f);
	f->connections++;
	rp_snapshots_begin(f->snapshots);
	rp_cli_say(f->l->cli, "%s: connected", f->l->o->ws);
	return tell_connected(f, ts);
}

static enum rp_status
on_closed(struct feed *f, const struct rp_ws_event *e)
{
	struct rp_cli *cli = f->l->cli;
	const char *why = (const char *)e->data;
	int64_t wait;

	if (f->open && f->lost == RP_ABSENT)
		f->lost = f->l->ts != RP_ABSENT ? f->l->ts : e->ts;
	f->open = false;
	rp_snapshots_cancel(f->snapshots);
	if (f->failures >= f->l->o->max_retries) {
		(void)!tell_gap(f, e->ts);
		return rp_error_set(&cli->error, RP_ERR_REMOTE,
		    "%s: given up after %llu attempts: %.*s", f->l->o->ws,
		    (unsigned long long)f->failures + 1, (int)e->len, why);
	}
	wait = rp_backoff(&f->random, f->failures++);
	f->connect_at = rp_clock_monotonic() + wait;
	rp_cli_warn(cli, "%s: %.*s; again in %.1f s", f->l->o->ws, (int)e->len,
	    why, (double)wait / 1e9);
	return RP_OK;
}

static enum rp_status
on_text(struct feed *f, const struct rp_ws_event *e)
{
	f->alive = rp_clock_monotonic();
	f->failures = 0;
	rp_snapshots_see(f->snapshots, (const char *)e->data, e->len);
	return put_message(f, NULL, e->data, e->len, e->ts);
}

static enum rp_status
on_event(struct feed *f, const struct rp_ws_event *e)
{
	switch (e->what) {
	case RP_WS_OPENED:
		return on_open(f, e->ts);
	case RP_WS_TEXT:
		return on_text(f, e);
	case RP_WS_CLOSED:
		return on_closed(f, e);
	default:
		return reject(f, e);
	}
}

/* What is due without anything having come. */
static enum rp_status
act(struct feed *f)
{
	const struct rp_live_options *o = f->l->o;
	int64_t now = rp_clock_monotonic();
	struct rp_snapshot snapshot;
	enum rp_status st;

	if (!f->open && now >= f->connect_at) {
		f->connect_at = INT64_MAX;
		rp_ws_connect(f->ws);
	}
	if (f->open && o->stall_timeout > 0 &&
	    now - f->alive >= o->stall_timeout) {
		f->alive = INT64_MAX;
		rp_ws_drop(f->ws, "silent for too long");
	}
	if ((st = send_due(f)) != RP_OK)
		return st;
	/* what was received before it stands before it */
	if (rp_ws_waiting(f->ws))
		return RP_OK;
	st = rp_snapshots_step(f->snapshots, &snapshot);
	if (st == RP_EMPTY)
		return RP_OK;
	return st == RP_OK ? put_snapshot(f, &snapshot) : st;
}

static enum rp_status
read_feed(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct feed *f = arg;
	struct rp_live *l = f->l;
	struct rp_ws_event event;
	enum rp_status st;
	int slice;

	(void)err;
	while (f->given == f->line.len) {
		if (rp_live_over(l)) {
			st = tell_gap(f, rp_time_now());
			return st == RP_OK ? RP_END : st;
		}
		if ((st = act(f)) != RP_OK)
			return st;
		if (f->given != f->line.len)
			break;
		slice = rp_live_slice(ms);
		if (rp_snapshots_busy(f->snapshots) && slice > BUSY)
			slice = BUSY;
		st = rp_ws_next(f->ws, slice, &event, &l->cli->error);
		if (st == RP_OK)
			st = on_event(f, &event);
		else if (st == RP_EMPTY) {
			rp_cli_progress(l->cli);
			if (ms >= 0 && (ms -= slice) <= 0)
				return RP_EMPTY;
			st = RP_OK;
		}
		if (st != RP_OK)
			return st;
	}
	return give(f, dst, cap, n);
}

static enum rp_status
set_up(struct feed *f)
{
	const struct rp_live_options *o = f->l->o;
	const struct rp_ws_options ws = { .url = o->ws,
		.ca_file = o->ca_file,
		.max_message = RP_INTAKE_MAX - MARGIN };
	const struct rp_snapshots_options snapshots = { .urls = &o->snapshots,
		.ca_file = o->ca_file,
		.max_body = RP_INTAKE_MAX - MARGIN,
		.max_retries = o->max_retries };
	const uint64_t seed = o->seed != 0 ? o->seed : (uint64_t)rp_time_now();
	enum rp_status st;

	rp_random_seed(&f->random, seed);
	if (o->ca_file != NULL && access(o->ca_file, R_OK) != 0)
		return rp_error_errno(&f->l->cli->error, "%s", o->ca_file);
	if (o->subscribe != NULL &&
	    (st = read_subscriptions(f, o->subscribe)) != RP_OK)
		return st;
	f->snapshots = rp_snapshots_new(f->l->cli, &snapshots, seed + 1);
	if (f->snapshots == NULL)
		return rp_error_no_memory(&f->l->cli->error);
	return rp_ws_new(&f->ws, &ws, &f->l->cli->error);
}

enum rp_status
rp_live_websocket(struct rp_live *l)
{
	struct feed f = { .l = l, .lost = RP_ABSENT };
	const struct rp_intake_source source = {
		.arg = &f, .read = read_feed, .plain = true
	};
	struct rp_error err = { 0 };
	enum rp_status st;

	if ((st = set_up(&f)) == RP_OK)
		st = rp_raw_open(&l->raw, false);
	if (st == RP_OK) {
		st = rp_live_convert(l, &source, l->o->ws, &err);
		if (st != RP_OK)
			rp_error_set(&l->cli->error, st, "%s", err.text);
		rp_cli_count(l->cli, "connections", f.connections);
	}
	rp_ws_free(f.ws);
	rp_snapshots_free(f.snapshots);
	rp_buffer_free(&f.line);
	free(f.subscribe);
	return st;
}
