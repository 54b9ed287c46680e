#include "import/rows.h"

static bool
take(struct rp_rows *r, const char *text, size_t whole, bool ended)
{
	static const char mark[] = "\xef\xbb\xbf";

	r->text = text;
	r->whole = whole;
	r->len = whole - ended;
	if (r->len > 0 && ended && text[r->len - 1] == '\r')
		r->len--;
	if (r->number == 0 && r->len >= 3 && memcmp(text, mark, 3) == 0) {
		r->text += 3;
		r->len -= 3;
	}
	r->too_long = r->len > r->max;
	if (r->too_long)
		r->len = r->max;
	r->number += 1 + r->joined;
	r->joined = 0;
	return true;
}

bool
rp_rows_next_slowly(struct rp_rows *r, struct rp_intake *in)
{
	const uint8_t *end;
	size_t rest;

	for (;;) {
		if (r->whole > 0)
			in->at += r->whole;
		r->whole = 0;
		rest = (size_t)(in->end - in->at);
		end = rest > 0 ? memchr(in->at, '\n', rest) : NULL;
		if (!r->dropping)
			break;
		in->at = end != NULL ? end + 1 : in->end;
		if (end == NULL)
			return false;
		r->dropping = false;
	}
	if (end != NULL)
		return take(
		    r, (const char *)in->at, (size_t)(end - in->at) + 1, true);
	/* one byte more may be the CR of its end */
	r->dropping = rest > r->max + 1;
	if (r->dropping || (r->final && rest > 0))
		return take(r, (const char *)in->at, rest, false);
	return false;
}

static bool
is_odd(const char *p, const char *end, char c)
{
	bool odd = false;

	for (; (p = memchr(p, c, (size_t)(end - p))) != NULL; p++)
		odd = !odd;
	return odd;
}

enum rp_status
rp_rows_join(struct rp_rows *r, struct rp_intake *in, char quote)
{
	const char *from = (const char *)in->at + r->whole, *stop,
		   *end = (const char *)in->end;
	bool odd = is_odd(r->text, r->text + r->len, quote), ended = true;
	uint64_t lines = 0;

	for (stop = from; odd; lines++, from = stop + ended) {
		stop = from < end ? memchr(from, '\n', (size_t)(end - from))
				  : NULL;
		ended = stop != NULL;
		if ((size_t)((ended ? stop : end) - r->text) > r->max ||
		    (r->final && from == end))
			return RP_END;
		if (!ended && !r->final) {
			rp_rows_back(r);
			return RP_EMPTY;
		}
		if (!ended)
			stop = end;
		odd = !is_odd(from, stop, quote);
	}
	if (lines == 0)
		return RP_OK;
	r->joined = lines;
	r->whole = (size_t)(from - (const char *)in->at);
	r->len = (size_t)(stop - r->text);
	if (ended && r->len > 0 && stop[-1] == '\r')
		r->len--;
	return RP_OK;
}

/* Of what is live and stops within a line, none knows how it goes on: 12 may
 * have been 125. */
static enum rp_status
cut_short(struct rp_rows *r, struct rp_import *im)
{
	const struct rp_intake *in = im->in;
	enum rp_status st;

	st = rp_import_reject(im, (const char *)in->at,
	    (size_t)(in->end - in->at), "line %llu: it has no end",
	    (unsigned long long)r->number + 1);
	return st == RP_OK ? RP_END : st;
}

enum rp_status
rp_rows_more(struct rp_rows *r, struct rp_import *im)
{
	struct rp_intake *in = im->in;
	enum rp_status st = r->final ? RP_END : rp_intake_more(in, &im->error);

	if (st == RP_END && im->options.now != NULL && in->at < in->end &&
	    in->end[-1] != '\n')
		return cut_short(r, im);
	if (st == RP_END) {
		st = r->final || in->at == in->end ? RP_END : RP_OK;
		r->final = true;
	} else if (st != RP_OK) {
		im->broken = in->at + r->whole < in->end &&
		    (st == RP_ERR_CORRUPT || st == RP_ERR_TRUNCATED);
		rp_error_prefix(&im->error, "%s: after line %llu", im->name,
		    (unsigned long long)r->number);
	}
	return st;
}

bool
rp_rows_is_blank(const struct rp_rows *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->text[i] != ' ' && r->text[i] != '\t' &&
		    r->text[i] != '\r')
			return false;
	return true;
}
