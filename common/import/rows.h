/*
 * Lines of text, one by one out of an intake:
 *
 *	while (st == RP_OK && rp_rows_next(&rows, im->in))
 *		st = put_line(im, rows.text, rows.len);
 *	return st != RP_OK ? st : rp_rows_more(&rows, im);
 *
 * A line is used in place. im->in->at is its first byte until the next one is
 * asked for, so that messages name that place.
 */
#ifndef RP_IMPORT_ROWS_H
#define RP_IMPORT_ROWS_H

#include <string.h>

#include "import/import.h"

/* What is wrong with a line that is too long, for its max (%zu). */
#define RP_ROWS_TOO_LONG "it is longer than %zu bytes, and cut there"

/* All zero but for max is one that has not begun. */
struct rp_rows {
	size_t max; /* bytes of a line, at most RP_INTAKE_MAX - 2 */
	const char *text; /* the line, without LF or CRLF, not terminated */
	size_t len;
	uint64_t number; /* of the line, from 1 */
	bool too_long; /* text is the first max bytes of it */
	/* within */
	uint64_t joined; /* lines that were joined to it */
	size_t whole; /* bytes of it in the intake, with its end */
	bool dropping; /* what comes next is the rest of a line too long */
	bool final; /* what is at hand is all there is */
};

/* What rp_rows_next does not know at once. */
bool rp_rows_next_slowly(struct rp_rows *r, struct rp_intake *in);

/*
 * The next line that is whole at hand, the last one of the input even without
 * its end. A UTF-8 byte order mark in front of the first is left out. False:
 * there is none, ask for more.
 */
static inline bool
rp_rows_next(struct rp_rows *r, struct rp_intake *in)
{
	const char *end;
	size_t len;

	if (r->number == 0 || r->dropping)
		return rp_rows_next_slowly(r, in);
	in->at += r->whole;
	r->whole = 0;
	end = memchr(in->at, '\n', (size_t)(in->end - in->at));
	if (end == NULL)
		return rp_rows_next_slowly(r, in);
	r->text = (const char *)in->at;
	len = (size_t)(end - r->text);
	if (len > r->max)
		return rp_rows_next_slowly(r, in);
	r->whole = len + 1;
	r->len = len - (len > 0 && end[-1] == '\r');
	r->too_long = false;
	r->number += 1 + r->joined;
	r->joined = 0;
	return true;
}

/* Give the line at hand back: it is the next one again. */
static inline void
rp_rows_back(struct rp_rows *r)
{
	r->number--;
	r->whole = 0;
}

/*
 * Join the lines that follow to the one at hand, until it has an even number of
 * quotes: a quoted field may have line breaks in it (RFC 4180). RP_EMPTY: there
 * are too few at hand; the line was given back, ask for more. RP_END: it is not
 * to be had within max bytes, or within the input; the line is as before.
 */
RP_CHECKED enum rp_status rp_rows_join(
    struct rp_rows *r, struct rp_intake *in, char quote);

/*
 * Have more of the input at hand. RP_OK: ask for lines again. RP_END: there are
 * no more; the last line of a live input is rejected if it has no end. A failure is im's error, behind the last line; the piece of a line
 * before it is no line.
 */
RP_CHECKED enum rp_status rp_rows_more(struct rp_rows *r, struct rp_import *im);

/* Nothing but blanks and tabs. */
bool rp_rows_is_blank(const struct rp_rows *r);

#endif
