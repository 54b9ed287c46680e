#include "snapshots.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/time.h"
#include "import/json_scan.h"
#include "net/backoff.h"
#include "net/http.h"

enum {
	SYMBOL = 64, /* bytes of one, with its end */
	TIMEOUT = 30, /* s of a request */
	QUOTED = 100 /* bytes of an answer that are shown */
};

/* ns that an update of a snapshot's symbol is waited for: a market may be
 * quiet, and not every venue is Binance */
#define PATIENCE (2 * RP_SECOND)

/* ns before an outdated one is fetched again */
#define OUTDATED (RP_SECOND / 2)

struct item {
	const char *url;
	char symbol[SYMBOL]; /* of its query, in upper case as in messages */
	char name[SYMBOL]; /* the same in lower case, as in names of streams */
	bool seen; /* an update of it has come on this connection, ... */
	uint64_t first; /* ... the first one beginning with this number */
};

struct rp_snapshots {
	struct rp_cli *cli;
	struct rp_snapshots_options opt;
	struct item *items;
	size_t n, at; /* at == n: none is wanted */
	struct rp_http *http; /* under way, or with the answer last told */
	bool told;
	int64_t begun; /* monotonic ns */
	int64_t not_before; /* the same, of the next request */
	uint64_t failures; /* in a row */
	struct rp_random random;
};

/* The value of symbol=, or nothing. */
static void
read_symbol(struct item *item)
{
	const char *p = strchr(item->url, '?');
	size_t n = 0;

	while (p != NULL && strncmp(p + 1, "symbol=", 7) != 0)
		p = strchr(p + 1, '&');
	for (p = p != NULL ? p + 8 : ""; *p != '\0' && *p != '&' && *p != '#';
	     p++) {
		if (n + 1 == SYMBOL ||
		    (!isalnum((unsigned char)*p) && *p != '_')) {
			n = 0; /* of another kind: not to be understood */
			break;
		}
		item->symbol[n] = (char)toupper((unsigned char)*p);
		item->name[n++] = (char)tolower((unsigned char)*p);
	}
	item->symbol[n] = item->name[n] = '\0';
}

struct rp_snapshots *
rp_snapshots_new(
    struct rp_cli *cli, const struct rp_snapshots_options *opt, uint64_t seed)
{
	struct rp_snapshots *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->cli = cli;
	s->opt = *opt;
	s->n = s->at = opt->urls->n;
	rp_random_seed(&s->random, seed);
	if ((s->items = calloc(s->n + 1, sizeof(*s->items))) == NULL) {
		free(s);
		return NULL;
	}
	for (size_t i = 0; i < s->n; i++) {
		s->items[i].url = opt->urls->item[i];
		read_symbol(&s->items[i]);
	}
	return s;
}

static void
end_request(struct rp_snapshots *s)
{
	rp_http_free(s->http);
	s->http = NULL;
	s->told = false;
}

void
rp_snapshots_free(struct rp_snapshots *s)
{
	if (s == NULL)
		return;
	end_request(s);
	free(s->items);
	free(s);
}

void
rp_snapshots_begin(struct rp_snapshots *s)
{
	end_request(s);
	s->at = 0;
	s->begun = s->not_before = rp_clock_monotonic();
	s->failures = 0;
	for (size_t i = 0; i < s->n; i++)
		s->items[i].seen = false;
}

void
rp_snapshots_cancel(struct rp_snapshots *s)
{
	end_request(s);
	s->at = s->n;
}

bool
rp_snapshots_busy(const struct rp_snapshots *s)
{
	return s->http != NULL && !s->told;
}

/* ---- Binance's numbers ---- */

/* The number behind a key, which is quoted and has its colon. */
static bool
find_number(const char *text, size_t len, const char *key, uint64_t *number)
{
	const char *end = text + len, *p = memmem(text, len, key, strlen(key));

	if (p == NULL)
		return false;
	p += strlen(key);
	while (p < end && *p == ' ')
		p++;
	if (p == end || *p < '0' || *p > '9')
		return false;
	for (*number = 0; p < end && *p >= '0' && *p <= '9'; p++)
		*number = *number * 10 + (uint64_t)(*p - '0');
	return true;
}

void
rp_snapshots_see(struct rp_snapshots *s, const char *text, size_t len)
{
	static const char update[] = "\"depthUpdate\"";
	char symbol[SYMBOL + 2];
	uint64_t first;

	if (s->at == s->n ||
	    memmem(text, len, update, sizeof(update) - 1) == NULL ||
	    !find_number(text, len, "\"U\":", &first))
		return;
	for (size_t i = s->at; i < s->n; i++) {
		struct item *item = &s->items[i];
		size_t n = strlen(item->symbol);

		if (item->seen || n == 0)
			continue;
		symbol[0] = symbol[n + 1] = '"';
		memcpy(symbol + 1, item->symbol, n);
		if (memmem(text, len, symbol, n + 2) == NULL)
			continue;
		item->seen = true;
		item->first = first;
	}
}

/* ---- requests ---- */

static enum rp_status
start(struct rp_snapshots *s)
{
	const struct item *item = &s->items[s->at];
	const struct rp_http_options opt = { .url = item->url,
		.ca_file = s->opt.ca_file,
		.max_body = s->opt.max_body,
		.timeout = TIMEOUT };
	int64_t now = rp_clock_monotonic();

	if (now < s->not_before || (!item->seen && now < s->begun + PATIENCE))
		return RP_EMPTY;
	if ((s->http = rp_http_get(&opt)) == NULL)
		return rp_error_no_memory(&s->cli->error);
	return RP_EMPTY;
}

/* Again, after as long as the venue says, or else we; or never. */
static enum rp_status again(
    struct rp_snapshots *s, int64_t wait, const char *fmt, ...) RP_PRINTF(3, 4);
static enum rp_status
again(struct rp_snapshots *s, int64_t wait, const char *fmt, ...)
{
	const char *url = s->items[s->at].url;
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	rp_error_flatten(why);
	end_request(s);
	if (s->failures >= s->opt.max_retries)
		return rp_error_set(&s->cli->error, RP_ERR_REMOTE,
		    "%s: given up after %llu attempts: %s", url,
		    (unsigned long long)s->failures + 1, why);
	if (wait <= 0)
		wait = rp_backoff(&s->random, s->failures);
	s->failures++;
	s->not_before = rp_clock_monotonic() + wait;
	rp_cli_warn(
	    s->cli, "%s: %s; again in %.1f s", url, why, (double)wait / 1e9);
	return RP_EMPTY;
}

static bool
is_json(const struct rp_http_reply *reply)
{
	struct rp_scan scan = { 0 };
	struct rp_json_value value;
	bool is = rp_scan_begin(&scan, (const char *)reply->body, reply->len) &&
	    rp_scan_whole(&scan, &value) && rp_scan_end(&scan) &&
	    (value.kind == RP_JSON_OBJECT || value.kind == RP_JSON_ARRAY);

	rp_scan_free(&scan);
	return is;
}

static enum rp_status
judge(struct rp_snapshots *s, const struct rp_http_reply *reply)
{
	const struct item *item = &s->items[s->at];
	const char *body = (const char *)reply->body;
	int shown = reply->len < QUOTED ? (int)reply->len : QUOTED;
	uint64_t last;

	if (reply->status == 0)
		return again(s, 0, "%s", reply->why);
	if (reply->status != 200)
		return again(s, reply->retry_after * RP_SECOND,
		    "HTTP status %d%s%.*s", reply->status,
		    shown != 0 ? ": " : "", shown, shown != 0 ? body : "");
	if (reply->len == 0 || !is_json(reply))
		return again(s, 0, "the answer is no JSON");
	if (item->seen &&
	    find_number(body, reply->len, "\"lastUpdateId\":", &last) &&
	    last < item->first)
		return again(s, OUTDATED,
		    "the snapshot ends at update %llu, before the first one "
		    "received, %llu",
		    (unsigned long long)last, (unsigned long long)item->first);
	return RP_OK;
}

enum rp_status
rp_snapshots_step(struct rp_snapshots *s, struct rp_snapshot *snapshot)
{
	struct rp_http_reply reply;
	enum rp_status st;

	if (s->told)
		end_request(s);
	if (s->at == s->n)
		return RP_EMPTY;
	if (s->http == NULL)
		return start(s);
	if ((st = rp_http_step(s->http, &reply)) != RP_OK ||
	    (st = judge(s, &reply)) != RP_OK)
		return st;
	*snapshot = (struct rp_snapshot){ .symbol = s->items[s->at].name,
		.text = (const char *)reply.body,
		.len = reply.len,
		.ts = reply.ts };
	s->at++;
	s->failures = 0;
	s->told = true;
	return RP_OK;
}
