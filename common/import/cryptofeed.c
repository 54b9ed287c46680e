/*
 * cryptofeed's raw data collection: a line a message, as received with its time
 * in seconds, and lines of what was sent and to where.
 *
 *	1618678134.213106: [992,{"b":[["354.15000000","5.0","..."]]},...]
 *	wss://ws.kraken.com <-> 1618678132.3858151        connected
 *	wss://ws.kraken.com <- 1618678132.8253062: {...}  sent
 *	https://api.kraken.com/0/... -> 1618678132.1: ... fetched
 *	configuration: {...}                              at its beginning
 *
 * Messages of Kraken, OKX and Bitget are read by their shape; what else there
 * is travels as it is.
 */
#include "import/cryptofeed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/time.h"
#include "types/gap.h"

/* ---- for the venues ---- */

bool
rp_cryptofeed_enter(struct rp_cryptofeed *c, const struct rp_json_value *value,
    enum rp_json_kind kind, const char *name)
{
	struct rp_json_value entered;

	if (value->kind != kind)
		return rp_venue_fail(&c->v, "%s is no %s", name,
		    kind == RP_JSON_ARRAY ? "array" : "object");
	return rp_scan_begin(&c->v.scan, value->text, value->len) &&
	    rp_scan_value(&c->v.scan, &entered);
}

struct rp_cryptofeed_trade *
rp_cryptofeed_add_trade(struct rp_cryptofeed *c)
{
	struct rp_cryptofeed_trade *grown;
	size_t cap = c->cap_trades == 0 ? 16 : 2 * c->cap_trades;

	if (c->n_trades == c->cap_trades) {
		grown = reallocarray(c->trades, cap, sizeof(*grown));
		if (grown == NULL) {
			(void)rp_error_no_memory(&c->v.error);
			return NULL;
		}
		c->trades = grown;
		c->cap_trades = cap;
	}
	grown = &c->trades[c->n_trades++];
	*grown = (struct rp_cryptofeed_trade){ .ts_event = RP_ABSENT };
	return grown;
}

enum rp_status
rp_cryptofeed_put_trades(struct rp_import *im, struct rp_venue_event *e)
{
	struct rp_cryptofeed *c = im->state;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < c->n_trades && st == RP_OK; i++) {
		struct rp_cryptofeed_trade *t = &c->trades[i];

		e->ts_event = t->ts_event;
		e->sequence = t->sequence;
		t->trade.more_follow = i + 1 < c->n_trades;
		st = rp_venue_put_trade(im, e, &t->trade);
	}
	return st;
}

bool
rp_cryptofeed_keep(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *name, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;

	rp_venue_count(&c->v, name);
	if (e->source == NULL)
		e->source = c->host;
	*st =
	    rp_venue_put_json(im, &c->v, e, c->text, c->len, RP_JSON_RECEIVED);
	return true;
}

/* ---- messages ---- */

/* The elements of the array that was entered, as many as there is room for. */
static bool
read_array(struct rp_scan *s, struct rp_json_value value[RP_CRYPTOFEED_VALUES],
    size_t *n)
{
	struct rp_json_value rest;

	for (*n = 0; rp_scan_item(s); ++*n)
		if (!rp_scan_whole(
			s, *n < RP_CRYPTOFEED_VALUES ? &value[*n] : &rest))
			return false;
	return rp_scan_end(s);
}

static bool
array_message(
    struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_json_value value[RP_CRYPTOFEED_VALUES];
	static const struct rp_json_value unknown;
	size_t n;

	if (!read_array(&c->v.scan, value, &n))
		return false;
	/* [channel, content, ..., channel's name, pair] */
	if (n >= 4 && n <= RP_CRYPTOFEED_VALUES &&
	    value[0].kind == RP_JSON_NUMBER &&
	    value[n - 2].kind == RP_JSON_STRING &&
	    value[n - 1].kind == RP_JSON_STRING)
		return rp_cryptofeed_kraken(im, e, value, n, st);
	return rp_cryptofeed_keep(im, e, &unknown, st);
}

static bool
object_message(
    struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_cryptofeed_push push = { 0 };
	struct rp_json_value key, value, event = { 0 };

	while (rp_scan_key(&c->v.scan, &key)) {
		if (!rp_scan_whole(&c->v.scan, &value))
			return false;
		if (rp_json_is(&key, "arg"))
			push.arg = value;
		else if (rp_json_is(&key, "action"))
			push.action = value;
		else if (rp_json_is(&key, "data"))
			push.data = value;
		else if (rp_json_is(&key, "ts"))
			push.ts = value;
		else if (rp_json_is(&key, "event"))
			event = value;
	}
	if (!rp_scan_end(&c->v.scan))
		return false;
	if (event.kind == RP_JSON_NONE && push.arg.kind == RP_JSON_OBJECT &&
	    push.data.kind == RP_JSON_ARRAY)
		return rp_cryptofeed_okx(im, e, &push, st);
	return rp_cryptofeed_keep(im, e, &event, st);
}

/* OKX and Bitget answer a ping in plain text. */
static bool
is_ping(const struct rp_cryptofeed *c, struct rp_json_value *word)
{
	*word =
	    (struct rp_json_value){ c->text, (uint32_t)c->len, RP_JSON_STRING };
	return rp_json_is(word, "ping") || rp_json_is(word, "pong");
}

static bool
message(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_json_value value;

	e->ts_event = e->ts_sent = RP_ABSENT;
	c->n_trades = 0;
	if (is_ping(c, &value))
		return rp_cryptofeed_keep(im, e, &value, st);
	if (!rp_scan_begin(&c->v.scan, c->text, c->len) ||
	    !rp_scan_value(&c->v.scan, &value))
		return false;
	if (value.kind == RP_JSON_ARRAY)
		return array_message(im, e, st);
	if (value.kind == RP_JSON_OBJECT)
		return object_message(im, e, st);
	return rp_scan_end(&c->v.scan) &&
	    rp_venue_fail(&c->v, "a message is an object or an array");
}

/* ---- lines ---- */

/* The time at text, up to its colon, or all of it; what is behind it. */
static const char *
read_time(struct rp_cryptofeed *c, const char *text, bool colon, int64_t *ts)
{
	const char *end = c->v.rows.text + c->v.rows.len, *stop = end;

	if (colon &&
	    ((stop = memchr(text, ':', (size_t)(end - text))) == NULL ||
		end - stop < 2 || stop[1] != ' ')) {
		rp_venue_fail(&c->v, "its time has no ': ' behind it");
		return NULL;
	}
	if (!rp_venue_seconds(
		&c->v, text, (size_t)(stop - text), "the receive time", ts))
		return NULL;
	return colon ? stop + 2 : end;
}

/* The venue by its address; else the host. */
static bool
note_host(struct rp_cryptofeed *c, const char *url, size_t len)
{
	static const char *const venues[][2] = { { "kraken", "kraken" },
		{ "okx", "okx" }, { "okex", "okx" }, { "bitget", "bitget" } };
	const char *host = memmem(url, len, "://", 3), *end = url + len, *slash;

	host = host != NULL ? host + 3 : url;
	for (size_t i = 0; i < RP_LEN(venues); i++)
		if (memmem(url, len, venues[i][0], strlen(venues[i][0])) !=
		    NULL)
			return rp_venue_source(&c->v, venues[i][1], &c->host);
	slash = memchr(host, '/', (size_t)(end - host));
	if (slash != NULL)
		end = slash;
	return rp_venue_label(
	    &c->v, &c->v.sources, host, (size_t)(end - host), &c->host);
}

/* Between two connections messages were missed. */
static enum rp_status
put_gap(struct rp_import *im, const struct rp_venue_event *e)
{
	const struct rp_cryptofeed *c = im->state;
	union rp_gap_row row;

	rp_gap_init(&row, RP_GAP_DISCONNECT, c->ts_last, e->ts_recv);
	return rp_writer_add(im->out, &row.rec, e->symbol, e->source) == RP_OK
	    ? RP_OK
	    : rp_import_write_failed(im);
}

/* A line of whoever recorded, as it stands. */
static bool
put_line(struct rp_import *im, struct rp_venue_event *e, const char *name,
    enum rp_json_direction direction, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	const struct rp_json_value value = { name, (uint32_t)strlen(name),
		RP_JSON_STRING };
	bool again = direction == RP_JSON_CONNECTED && c->connected;

	e->ts_event = e->ts_sent = RP_ABSENT;
	e->source = c->host;
	rp_venue_count(&c->v, &value);
	*st = again ? put_gap(im, e) : RP_OK;
	c->connected |= direction == RP_JSON_CONNECTED;
	if (*st == RP_OK)
		*st = rp_venue_put_json(
		    im, &c->v, e, c->v.rows.text, c->v.rows.len, direction);
	return true;
}

/* A line that begins with an address. */
static bool
address_line(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	static const struct {
		const char *arrow, *name;
		enum rp_json_direction direction;
	} arrows[] = {
		{ " <-> ", "connected", RP_JSON_CONNECTED },
		{ " <- ", "sent", RP_JSON_SENT },
		{ " -> ", "fetched", RP_JSON_FETCHED },
	};
	struct rp_cryptofeed *c = im->state;
	const struct rp_rows *r = &c->v.rows;
	const char *space = memchr(r->text, ' ', r->len), *time;
	size_t rest = space != NULL ? (size_t)(r->text + r->len - space) : 0;

	for (size_t i = 0; i < RP_LEN(arrows); i++) {
		size_t n = strlen(arrows[i].arrow);

		if (rest < n || memcmp(space, arrows[i].arrow, n) != 0)
			continue;
		time = space + n;
		if (!note_host(c, r->text, (size_t)(space - r->text)) ||
		    read_time(c, time, arrows[i].direction != RP_JSON_CONNECTED,
			&e->ts_recv) == NULL)
			return false;
		return put_line(im, e, arrows[i].name, arrows[i].direction, st);
	}
	return rp_venue_fail(&c->v,
	    "it is no line of cryptofeed (\"TIME: MESSAGE\", \"URL <-> "
	    "TIME\")");
}

static bool
begins(const struct rp_rows *r, const char *text)
{
	size_t n = strlen(text);

	return r->len >= n && memcmp(r->text, text, n) == 0;
}

static bool
note_configuration(struct rp_import *im, enum rp_status *st)
{
	const struct rp_cryptofeed *c = im->state;
	const struct rp_rows *r = &c->v.rows;
	size_t len = r->len < RP_MAX_NOTE ? r->len : RP_MAX_NOTE;

	if (im->notes && rp_writer_note(im->out, r->text, len) != RP_OK)
		*st = rp_import_write_failed(im);
	return true;
}

static bool
cryptofeed_line(struct rp_import *im, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	const struct rp_rows *r = &c->v.rows;
	struct rp_venue_event e = { 0 };
	bool good;

	if (begins(r, "configuration: "))
		return note_configuration(im, st);
	if (*r->text < '0' || *r->text > '9') {
		good = address_line(im, &e, st);
	} else {
		c->text = read_time(c, r->text, true, &e.ts_recv);
		if (c->text == NULL)
			return false;
		c->len = (size_t)(r->text + r->len - c->text);
		good = message(im, &e, st);
	}
	if (good && *st == RP_OK)
		c->ts_last = e.ts_recv;
	return good;
}

static enum rp_status
cryptofeed_convert(struct rp_import *im)
{
	struct rp_cryptofeed *c = im->state;

	return rp_venue_convert(im, &c->v, cryptofeed_line);
}

/* "1618678134.213106: [" or '{', or an address and one of its arrows. */
static bool
cryptofeed_probe(const uint8_t *p, size_t len)
{
	static const char *const starts[] = { "wss://", "ws://", "https://",
		"http://", "configuration: " };
	const uint8_t *end = p + len, *at = p, *space;

	for (size_t i = 0; i < RP_LEN(starts); i++) {
		size_t n = strlen(starts[i]);

		if (len < n || memcmp(p, starts[i], n) != 0)
			continue;
		space = memchr(p, ' ', len);
		return starts[i][0] == 'c' ||
		    (space != NULL && end - space >= 4 &&
			(memcmp(space, " <-", 3) == 0 ||
			    memcmp(space, " -> ", 4) == 0));
	}
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at - p < 9 || at - p > 10 || at == end || *at++ != '.')
		return false;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return end - at >= 3 && at[0] == ':' && at[1] == ' ' &&
	    (at[2] == '{' || at[2] == '[');
}

static enum rp_status
cryptofeed_open(struct rp_import *im)
{
	struct rp_cryptofeed *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return rp_import_no_memory(im);
	rp_venue_init(&c->v);
	c->ts_last = RP_ABSENT;
	im->state = c;
	return RP_OK;
}

static void
cryptofeed_close(struct rp_import *im)
{
	struct rp_cryptofeed *c = im->state;

	if (c == NULL)
		return;
	rp_venue_free(im, &c->v);
	free(c->trades);
	free(c);
	im->state = NULL;
}

static size_t
cryptofeed_stamp(char *dst, int64_t ts)
{
	return (size_t)snprintf(dst, RP_IMPORT_STAMP,
	    "%lld.%09lld: ", (long long)(ts / RP_SECOND),
	    (long long)(ts % RP_SECOND));
}

static size_t
cryptofeed_connected(char *dst, const char *url, int64_t ts)
{
	return (size_t)snprintf(dst, strlen(url) + RP_IMPORT_STAMP,
	    "%s <-> %lld.%09lld", url, (long long)(ts / RP_SECOND),
	    (long long)(ts % RP_SECOND));
}

const struct rp_import_format rp_import_cryptofeed = {
	.name = "cryptofeed",
	.summary = "captures of cryptofeed: Kraken, OKX, Bitget",
	.lines = true,
	.stamp = cryptofeed_stamp,
	.connected = cryptofeed_connected,
	.probe = cryptofeed_probe,
	.open = cryptofeed_open,
	.convert = cryptofeed_convert,
	.close = cryptofeed_close,
};
