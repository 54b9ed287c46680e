/*
 * Files of ITCH 5.0: a length of two bytes before each message, as NASDAQ
 * ships them (BinaryFILE), or, where the lengths are zero, by the types. Among
 * messages with lengths, one of zero says that the session has ended: another
 * may follow, with orders and locate codes of its own.
 */
#include "import/itch.h"

#include <stdlib.h>
#include <string.h>

enum {
	PREFIX = 2, /* bytes of a length */
	PROBED = 3, /* messages that tell the format */
	BATCH = 16 /* messages that are looked at together */
};

struct message {
	const uint8_t *p;
	size_t len;
};

struct file {
	struct rp_itch *itch;
	struct rp_zone zone;
	bool clocked; /* the day is that of the clock */
	bool typed; /* the message before had no length */
	bool begun; /* there was a message in this session */
	uint64_t ends; /* of sessions */
};

/* Bytes of the message behind its prefix, of which p holds one byte; 0: its
 * length is zero, and its type says nothing. */
static size_t
message_len(const uint8_t *p)
{
	size_t len = rp_be16(p);

	return len != 0 ? len : rp_itch_len(p[PREFIX]);
}

/* Some messages in a row, in order of time. */
static bool
itch_probe(const uint8_t *p, size_t left)
{
	int64_t time, before = 0;

	for (int i = 0; i < PROBED; i++) {
		size_t len;

		if (left <= PREFIX || (len = message_len(p)) == 0 ||
		    left - PREFIX < len ||
		    !rp_itch_plausible(p + PREFIX, len, &time) || time < before)
			return false;
		before = time;
		p += PREFIX + len;
		left -= PREFIX + len;
	}
	return true;
}

/* NASDAQ's markets, as their files are named: 20190730.BX_ITCH_50 */
static const char *
source_of(const char *name)
{
	if (strstr(name, "PSX_ITCH") != NULL)
		return "XPSX.ITCH";
	if (strstr(name, "BX_ITCH") != NULL)
		return "XBOS.ITCH";
	return "XNAS.ITCH";
}

static enum rp_status
itch_open(struct rp_import *im)
{
	struct file *f = im->state = calloc(1, sizeof(*f));
	int64_t midnight = 0;
	enum rp_status st;

	if (f == NULL ||
	    (f->itch = rp_itch_new(im, source_of(im->name))) == NULL)
		return rp_import_no_memory(im);
	if ((st = rp_zone_open(&f->zone, RP_ITCH_ZONE, &im->error)) != RP_OK)
		return st;
	f->clocked = im->options.now != NULL && im->options.date == NULL;
	if (!f->clocked &&
	    (st = rp_itch_date(im, &f->zone, &midnight)) != RP_OK)
		return st;
	f->itch->midnight = midnight;
	return RP_OK;
}

/* All that is at hand came just now, where there is a clock. */
static void
set_time(struct rp_import *im, struct file *f)
{
	struct rp_itch *t = f->itch;

	if (im->options.now == NULL)
		return;
	t->ts_recv = im->options.now(im->options.now_arg);
	if (f->clocked)
		t->midnight = rp_itch_midnight(&f->zone, t->ts_recv);
}

/* The input ends, or fails, within a message of which want bytes were asked
 * for. */
static enum rp_status
stop_short(struct rp_import *im, size_t want, enum rp_status st,
    const struct rp_error *err)
{
	size_t left = (size_t)(im->in->end - im->in->at);

	if (st != RP_ERR_TRUNCATED || err->status != RP_OK)
		return rp_import_fail(im, st, "%s", err->text);
	return rp_import_fail(im, st,
	    "the input ends after %zu of a message's %zu bytes", left, want);
}

/* Go on behind the end of a session: what it said holds no more. */
static void
end_session(struct rp_import *im, struct file *f)
{
	im->in->at += PREFIX;
	f->ends++;
	if (f->begun)
		rp_itch_forget(f->itch);
	f->begun = false;
}

/* A whole message at hand, or RP_EMPTY: the end of a session was. */
static enum rp_status
await_message(struct rp_import *im, struct file *f)
{
	struct rp_intake *in = im->in;
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t len;

	st = rp_intake_need(in, PREFIX + 1, &err);
	if (st == RP_ERR_TRUNCATED && err.status == RP_OK &&
	    in->end - in->at == PREFIX && rp_be16(in->at) == 0) {
		end_session(im, f);
		return RP_END;
	}
	if (st == RP_END)
		return st;
	if (st != RP_OK)
		return stop_short(im, PREFIX + 1, st, &err);
	if ((len = message_len(in->at)) == 0 && !f->typed &&
	    in->at[PREFIX] == 0) {
		end_session(im, f);
		return RP_EMPTY;
	}
	if (len == 0)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "no length, and no message of ITCH 5.0 has the type 0x%02x",
		    in->at[PREFIX]);
	st = rp_intake_need(in, PREFIX + len, &err);
	return st == RP_OK ? st : stop_short(im, PREFIX + len, st, &err);
}

/* The next of the whole messages at hand; at p, which ends before end. */
static bool
next_message(const uint8_t **p, const uint8_t *end, struct message *m)
{
	if (end - *p <= PREFIX || (m->len = message_len(*p)) == 0 ||
	    (size_t)(end - *p) < PREFIX + m->len)
		return false;
	m->p = *p + PREFIX;
	*p = m->p + m->len;
	return true;
}

/* Messages at hand into batch; the number of them. */
static size_t
take_messages(
    struct rp_import *im, const struct rp_itch *t, struct message batch[BATCH])
{
	const uint8_t *p = im->in->at;
	struct message *m = batch;
	size_t n = 0;

	for (; n < BATCH && next_message(&p, im->in->end, m); n++, m++) {
		if (m->len < RP_ITCH_NUMBER + 8)
			continue;
		__builtin_prefetch(rp_itch_near_order(t, m->p, RP_ITCH_NUMBER));
		__builtin_prefetch(rp_itch_near_symbol(t, m->p));
		if (m->p[0] == 'U' && m->len >= RP_ITCH_NUMBER_2 + 8)
			__builtin_prefetch(
			    rp_itch_near_order(t, m->p, RP_ITCH_NUMBER_2));
	}
	return n;
}

/* Some of the messages at hand; RP_EMPTY: there is none. */
static enum rp_status
convert_some(struct rp_import *im, struct file *f)
{
	struct rp_itch *t = f->itch;
	struct message batch[BATCH];
	size_t n = take_messages(im, t, batch);
	enum rp_status st;

	for (size_t i = 0; i < n; i++) {
		t->sequence = im->records + 1;
		st = rp_itch_message(t, batch[i].p, batch[i].len);
		/* one that was rejected was met all the same */
		im->records += st == RP_OK || st == RP_ERR_REJECTED;
		if (st != RP_OK)
			return st;
		im->in->at = batch[i].p + batch[i].len;
	}
	if (n == 0)
		return RP_EMPTY;
	f->typed = rp_be16(batch[n - 1].p - PREFIX) == 0;
	f->begun = true;
	return RP_OK;
}

/* The whole messages at hand. */
static enum rp_status
itch_convert(struct rp_import *im)
{
	struct file *f = im->state;
	enum rp_status st;

	if ((st = await_message(im, f)) != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	set_time(im, f);
	while ((st = convert_some(im, f)) == RP_OK)
		;
	return st == RP_EMPTY ? RP_OK : st;
}

static void
itch_close(struct rp_import *im)
{
	struct file *f = im->state;

	if (f == NULL)
		return;
	if (f->ends > 0)
		rp_import_count(im, "itch.ends", f->ends);
	rp_itch_free(f->itch);
	free(f);
}

const struct rp_import_format rp_import_itch = {
	.name = "itch",
	.summary = "NASDAQ TotalView-ITCH 5.0, by length or by type",
	.probe = itch_probe,
	.open = itch_open,
	.convert = itch_convert,
	.close = itch_close,
};
