/* Rows of Tardis.dev's files to records. */
#include <stdlib.h>

#include "base/decimal.h"
#include "import/tardis.h"
#include "types/reference.h"
#include "types/text.h"
#include "wire/directory.h"

/* ---- cells ---- */

/* Say what is wrong with a cell. */
static enum rp_status
bad(struct rp_tardis *s, size_t column, enum rp_status st, const char *why)
{
	const struct rp_cell *c = rp_tardis_cell(s, column),
			     *name = &s->names[s->order[column]];

	return rp_error_set(&s->error, st, "%.*s '%.*s' %s", (int)name->len,
	    name->text, c->len < 60 ? (int)c->len : 60, c->text, why);
}

/* us since the epoch to ns. */
static enum rp_status
get_time(struct rp_tardis *s, size_t column, int64_t *ns)
{
	const struct rp_cell *c = rp_tardis_cell(s, column);
	int64_t us;
	enum rp_status st = rp_i64_parse(c->text, c->len, &us);

	if (st == RP_OK &&
	    (__builtin_mul_overflow(us, 1000, ns) || *ns == RP_ABSENT))
		st = RP_ERR_LIMIT;
	if (st == RP_OK)
		return st;
	return bad(s, column, st,
	    st == RP_ERR_LIMIT ? "is out of the range of times"
			       : "is not a time in us");
}

/* The same, quickly for the time of the row before. */
static inline enum rp_status
get_time_again(
    struct rp_tardis *s, size_t column, struct rp_tardis_time *t, int64_t *ns)
{
	const struct rp_cell *c = rp_tardis_cell(s, column);
	enum rp_status st;

	if (c->len == sizeof(t->text) && t->ns != 0 &&
	    memcmp(c->text, t->text, sizeof(t->text)) == 0) {
		*ns = t->ns;
		return RP_OK;
	}
	st = get_time(s, column, ns);
	if (st == RP_OK && column == RP_TARDIS_LOCAL_TIMESTAMP &&
	    *ns < RP_IMPORT_EARLIEST)
		st = bad(s, column, RP_ERR_LIMIT,
		    "is out of range (a time in us is expected, from 1990 on)");
	if (st == RP_OK && c->len == sizeof(t->text)) {
		memcpy(t->text, c->text, sizeof(t->text));
		t->ns = *ns;
	}
	return st;
}

/* Digits as they are written; an empty cell is absent. */
static enum rp_status
get_decimal(struct rp_tardis *s, size_t column, struct rp_decimal *d)
{
	const struct rp_cell *c = rp_tardis_cell(s, column);
	enum rp_status st;

	if (c->len == 0) {
		*d = (struct rp_decimal){ RP_ABSENT, RP_EXP_MAX };
		return RP_OK;
	}
	if ((st = rp_decimal_parse(c->text, c->len, d)) == RP_OK)
		return st;
	return bad(s, column, st,
	    st == RP_ERR_LIMIT ? "has too many digits" : "is not a number");
}

/* The same where there has to be one. */
static enum rp_status
need_decimal(struct rp_tardis *s, size_t column, struct rp_decimal *d)
{
	if (rp_tardis_cell(s, column)->len == 0)
		return bad(s, column, RP_ERR_USAGE, "is not a number");
	return get_decimal(s, column, d);
}

/* Bring the decimals of a record to the finest exponent among them. */
static enum rp_status
align(struct rp_tardis *s, struct rp_decimal *d, size_t n, int8_t *exp)
{
	int8_t least = RP_EXP_MAX;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		any |= d[i].mantissa != RP_ABSENT;
		if (d[i].exp < least)
			least = d[i].exp;
	}
	*exp = any ? least : 0;
	for (size_t i = 0; i < n; i++)
		if (d[i].mantissa != RP_ABSENT && d[i].exp != least &&
		    rp_decimal_rescale(&d[i], least) != RP_OK)
			return rp_error_set(&s->error, RP_ERR_LIMIT,
			    "its numbers have too many digits together");
	return RP_OK;
}

static enum rp_status
get_label(struct rp_tardis *s, size_t column, struct rp_labels *labels,
    struct rp_label **label)
{
	const struct rp_cell *c = rp_tardis_cell(s, column);
	const struct rp_label *last = labels->last;

	if (last != NULL && last->len == c->len &&
	    memcmp(last->text, c->text, c->len) == 0) {
		*label = labels->last;
		return RP_OK;
	}
	if (!rp_name_is_valid(c->text, c->len) || c->text[0] == '"')
		return bad(s, column, RP_ERR_USAGE, "is no name");
	*label = rp_labels_add(labels, c->text, c->len);
	return *label != NULL ? RP_OK : RP_ERR_NOMEM;
}

/* A few letters, without a call. */
static inline bool
is_word(const struct rp_cell *c, const char *word)
{
	size_t i = 0;

	while (i < c->len && word[i] == c->text[i] && word[i] != '\0')
		i++;
	return i == c->len && word[i] == '\0';
}

/* A word of a column that has few. */
static enum rp_status
get_word(struct rp_tardis *s, size_t column, const struct rp_word *words,
    size_t n, uint32_t *value)
{
	const struct rp_cell *c = rp_tardis_cell(s, column);

	*value = 0;
	for (size_t i = 0; i < n; i++)
		if (is_word(c, words[i].word)) {
			*value = words[i].value;
			return RP_OK;
		}
	return bad(s, column, RP_ERR_USAGE, "is not known");
}

/* ---- records ---- */

/* A record of the row at hand, blank but for what all have. NULL: no memory. */
static struct rp_record *
new_record(struct rp_tardis *s, size_t len)
{
	struct rp_record *rec = rp_held_room(&s->held, len);

	if (rec == NULL)
		return NULL;
	*rec = (struct rp_record){ .type = s->schema->type,
		.len = (uint32_t)len,
		.flags = s->flags,
		.ts_recv = s->ts_recv };
	memcpy(rec->payload, s->blank.data, s->schema->len);
	rp_put64(rec->payload + RP_EV_TS_EVENT, (uint64_t)s->ts_event);
	return rec;
}

static enum rp_status
hold(struct rp_import *im)
{
	struct rp_tardis *s = im->state;

	return rp_held_put(&s->held, im, s->symbol, s->source);
}

/* ---- trades ---- */

enum { TRADE_ID = RP_TARDIS_OWN, TRADE_SIDE, TRADE_PX, TRADE_SZ };

static enum rp_status
put_trade(struct rp_import *im)
{
	static const struct rp_word sides[] = {
		{ RP_SIDE_BID, "buy", NULL },
		{ RP_SIDE_ASK, "sell", NULL },
		{ RP_SIDE_NONE, "unknown", NULL },
		{ RP_SIDE_NONE, "", NULL },
	};
	struct rp_tardis *s = im->state;
	const struct rp_cell *id = rp_tardis_cell(s, TRADE_ID);
	struct rp_decimal px, sz;
	struct rp_trade *t;
	struct rp_record *rec;
	uint32_t side;
	enum rp_status st;

	if ((st = get_word(s, TRADE_SIDE, sides, RP_LEN(sides), &side)) !=
		RP_OK ||
	    (st = need_decimal(s, TRADE_PX, &px)) != RP_OK ||
	    (st = need_decimal(s, TRADE_SZ, &sz)) != RP_OK)
		return st;
	if ((rec = new_record(s, sizeof(*t))) == NULL)
		return rp_import_no_memory(im);
	t = (struct rp_trade *)(void *)rec->payload;
	t->ev.side = (uint8_t)side;
	t->ev.px_exp = px.exp;
	t->ev.qty_exp = sz.exp;
	t->price = px.mantissa;
	t->size = sz.mantissa;
	if (id->len > 0)
		t->ev.tflags = (uint16_t)(rp_text_take_id(id->text, id->len,
					      &t->id_hi, &t->id_lo)
		    << RP_ID_FORM_SHIFT);
	return hold(im);
}

/* ---- quotes ---- */

enum { QUOTE_ASK_SZ = RP_TARDIS_OWN, QUOTE_ASK_PX, QUOTE_BID_PX, QUOTE_BID_SZ };

static enum rp_status
put_quote(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	struct rp_decimal px[2], sz[2];
	struct rp_record *rec;
	struct rp_bbo *b;
	int8_t px_exp, qty_exp;
	enum rp_status st;

	if ((st = get_decimal(s, QUOTE_BID_PX, &px[0])) != RP_OK ||
	    (st = get_decimal(s, QUOTE_ASK_PX, &px[1])) != RP_OK ||
	    (st = get_decimal(s, QUOTE_BID_SZ, &sz[0])) != RP_OK ||
	    (st = get_decimal(s, QUOTE_ASK_SZ, &sz[1])) != RP_OK ||
	    (st = align(s, px, 2, &px_exp)) != RP_OK ||
	    (st = align(s, sz, 2, &qty_exp)) != RP_OK)
		return st;
	if ((rec = new_record(s, sizeof(*b))) == NULL)
		return rp_import_no_memory(im);
	b = (struct rp_bbo *)(void *)rec->payload;
	b->ev.px_exp = px_exp;
	b->ev.qty_exp = qty_exp;
	b->bid_px = px[0].mantissa;
	b->bid_sz = sz[0].mantissa;
	b->ask_px = px[1].mantissa;
	b->ask_sz = sz[1].mantissa;
	return hold(im);
}

/* ---- incremental_book_L2 ---- */

enum { LEVEL_IS_SNAPSHOT = RP_TARDIS_OWN, LEVEL_SIDE, LEVEL_PX, LEVEL_SZ };

static struct rp_tardis_book *
find_book(
    struct rp_tardis_book *books, size_t size, const struct rp_label *symbol)
{
	size_t i = symbol->hash & (size - 1);

	while (books[i].symbol != NULL && books[i].symbol != symbol)
		i = (i + 1) & (size - 1);
	return &books[i];
}

static bool
grow_books(struct rp_tardis *s)
{
	size_t size = s->books_size == 0 ? 64 : 2 * s->books_size;
	struct rp_tardis_book *books = calloc(size, sizeof(*books)), *b;

	if (books == NULL)
		return false;
	for (size_t i = 0; i < s->books_size; i++)
		if ((b = &s->books[i])->symbol != NULL)
			*find_book(books, size, b->symbol) = *b;
	free(s->books);
	s->books = books;
	s->books_size = size;
	return true;
}

/* The state of the book of the row's symbol. NULL: no memory. */
static struct rp_tardis_book *
book_of_row(struct rp_tardis *s)
{
	if (s->book != NULL && s->book->symbol == s->symbol)
		return s->book;
	if (2 * s->n_books >= s->books_size && !grow_books(s))
		return NULL;
	s->book = find_book(s->books, s->books_size, s->symbol);
	if (s->book->symbol == NULL) {
		s->book->symbol = s->symbol;
		s->n_books++;
	}
	return s->book;
}

/* The first row of a snapshot after others: what was in the book is gone. */
static enum rp_status
put_clear(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	struct rp_record *rec = new_record(s, sizeof(struct rp_level));

	if (rec == NULL)
		return rp_import_no_memory(im);
	rec->payload[RP_EV_ACTION] = RP_LEVEL_CLEAR;
	return hold(im);
}

static enum rp_status
put_level(struct rp_import *im)
{
	static const struct rp_word truths[] = { { 0, "false", NULL },
		{ 1, "true", NULL } };
	static const struct rp_word sides[] = { { RP_SIDE_BID, "bid", NULL },
		{ RP_SIDE_ASK, "ask", NULL } };
	struct rp_tardis *s = im->state;
	uint32_t snapshot, side;
	struct rp_tardis_book *book;
	struct rp_decimal px, sz;
	struct rp_record *rec;
	struct rp_level *l;
	enum rp_status st;

	if ((st = get_word(s, LEVEL_IS_SNAPSHOT, truths, 2, &snapshot)) !=
		RP_OK ||
	    (st = get_word(s, LEVEL_SIDE, sides, 2, &side)) != RP_OK ||
	    (st = need_decimal(s, LEVEL_PX, &px)) != RP_OK ||
	    (st = need_decimal(s, LEVEL_SZ, &sz)) != RP_OK)
		return st;
	if ((book = book_of_row(s)) == NULL)
		return rp_import_no_memory(im);
	if (snapshot)
		s->flags |= RP_SNAPSHOT;
	if (snapshot && !book->snapshot && (st = put_clear(im)) != RP_OK)
		return st;
	book->snapshot = snapshot;
	if ((rec = new_record(s, sizeof(*l))) == NULL)
		return rp_import_no_memory(im);
	l = (struct rp_level *)(void *)rec->payload;
	l->ev.side = (uint8_t)side;
	l->ev.action = sz.mantissa == 0 ? RP_LEVEL_REMOVE : RP_LEVEL_SET;
	l->ev.px_exp = px.exp;
	l->ev.qty_exp = sz.exp;
	l->price = px.mantissa;
	l->size = sz.mantissa;
	return hold(im);
}

/* ---- derivative_ticker ---- */

enum {
	TICKER_FUNDING_TIMESTAMP = RP_TARDIS_OWN,
	TICKER_FUNDING_RATE,
	TICKER_PREDICTED_FUNDING_RATE,
	TICKER_OPEN_INTEREST,
	TICKER_LAST_PRICE,
	TICKER_INDEX_PRICE,
	TICKER_MARK_PRICE,
	TICKER_END
};

static enum rp_status
put_stat(struct rp_import *im, uint16_t type, const struct rp_decimal *d,
    int64_t ts_ref)
{
	struct rp_tardis *s = im->state;
	struct rp_record *rec = new_record(s, s->schema->len);
	struct rp_stat *t;

	if (rec == NULL)
		return rp_import_no_memory(im);
	t = (struct rp_stat *)(void *)rec->payload;
	t->stat_type = type;
	t->update_action = 1;
	t->ts_ref = ts_ref;
	if (d->mantissa == RP_ABSENT) {
		;
	} else if (type >= RP_STAT_LAST_PRICE) {
		t->price = d->mantissa;
		t->ev.px_exp = d->exp;
	} else {
		t->quantity = d->mantissa;
		t->ev.qty_exp = d->exp;
	}
	return hold(im);
}

static enum rp_status
put_ticker(struct rp_import *im)
{
	static const uint16_t types[] = {
		[TICKER_FUNDING_RATE] = RP_STAT_FUNDING_RATE,
		[TICKER_PREDICTED_FUNDING_RATE] =
		    RP_STAT_PREDICTED_FUNDING_RATE,
		[TICKER_OPEN_INTEREST] = RP_STAT_OPEN_INTEREST,
		[TICKER_LAST_PRICE] = RP_STAT_LAST_PRICE,
		[TICKER_INDEX_PRICE] = RP_STAT_INDEX_PRICE,
		[TICKER_MARK_PRICE] = RP_STAT_MARK_PRICE,
	};
	struct rp_tardis *s = im->state;
	struct rp_decimal d[TICKER_END];
	int64_t ts_ref = RP_ABSENT;
	enum rp_status st = RP_OK;
	bool none = true;

	if (rp_tardis_cell(s, TICKER_FUNDING_TIMESTAMP)->len > 0)
		st = get_time(s, TICKER_FUNDING_TIMESTAMP, &ts_ref);
	for (size_t i = TICKER_FUNDING_RATE; st == RP_OK && i < TICKER_END; i++)
		st = get_decimal(s, i, &d[i]);
	for (size_t i = TICKER_FUNDING_RATE; st == RP_OK && i < TICKER_END;
	     i++) {
		/* the time of funding goes with its rate */
		bool timed = i == TICKER_FUNDING_RATE && ts_ref != RP_ABSENT;

		if (d[i].mantissa == RP_ABSENT && !timed)
			continue;
		st = put_stat(im, types[i], &d[i], timed ? ts_ref : RP_ABSENT);
		none = false;
	}
	s->empty += st == RP_OK && none;
	return st;
}

/* ---- book_snapshot_N ---- */

/* The levels of a side that are there, to px and sz. */
static enum rp_status
get_side(struct rp_tardis *s, size_t column, struct rp_decimal *px,
    struct rp_decimal *sz, uint32_t *n)
{
	enum rp_status st = RP_OK;

	*n = 0;
	for (uint32_t i = 0; st == RP_OK && i < s->levels; i++, column += 4) {
		if ((st = get_decimal(s, column, &px[i])) == RP_OK)
			st = get_decimal(s, column + 1, &sz[i]);
		if (st == RP_OK &&
		    (px[i].mantissa != RP_ABSENT ||
			sz[i].mantissa != RP_ABSENT))
			*n = i + 1;
	}
	return st;
}

static void
put_side(struct rp_book_level *to, const struct rp_decimal *px,
    const struct rp_decimal *sz, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = (struct rp_book_level){ .price = px[i].mantissa,
			.size = sz[i].mantissa };
}

static enum rp_status
put_book(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	const uint32_t n = s->levels;
	struct rp_decimal *px = s->decimals, *sz = px + 2 * n;
	uint32_t n_bid, n_ask;
	struct rp_record *rec;
	struct rp_book *b;
	int8_t px_exp, qty_exp;
	enum rp_status st;

	if ((st = get_side(s, RP_TARDIS_BIDS, px, sz, &n_bid)) != RP_OK ||
	    (st = get_side(s, RP_TARDIS_ASKS, px + n, sz + n, &n_ask)) !=
		RP_OK ||
	    (st = align(s, px, 2 * n, &px_exp)) != RP_OK ||
	    (st = align(s, sz, 2 * n, &qty_exp)) != RP_OK)
		return st;
	rec = new_record(
	    s, sizeof(*b) + (n_bid + n_ask) * sizeof(struct rp_book_level));
	if (rec == NULL)
		return rp_import_no_memory(im);
	b = (struct rp_book *)(void *)rec->payload;
	b->ev.px_exp = px_exp;
	b->ev.qty_exp = qty_exp;
	b->ev.tflags = RP_BOOK_DEPTH_LIMITED;
	b->n_bid = n_bid;
	b->n_ask = n_ask;
	b->level_size = sizeof(struct rp_book_level);
	put_side(b->levels, px, sz, n_bid);
	put_side(b->levels + n_bid, px + n, sz + n, n_ask);
	return hold(im);
}

/* ---- all ---- */

enum rp_status
rp_tardis_put(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	enum rp_status st;

	if ((st = get_label(s, RP_TARDIS_EXCHANGE, &s->sources, &s->source)) !=
		RP_OK ||
	    (st = get_label(s, RP_TARDIS_SYMBOL, &s->symbols, &s->symbol)) !=
		RP_OK ||
	    (st = get_time_again(s, RP_TARDIS_LOCAL_TIMESTAMP, &s->received,
		 &s->ts_recv)) != RP_OK ||
	    (st = get_time_again(
		 s, RP_TARDIS_TIMESTAMP, &s->stamped, &s->ts_event)) != RP_OK)
		return st == RP_ERR_NOMEM ? rp_import_no_memory(im) : st;
	/* what the exchange does not tell is a copy */
	s->flags = s->ts_event == s->ts_recv ? RP_TS_EVENT_INFERRED : 0;
	return s->schema->put(im);
}

const struct rp_tardis_schema rp_tardis_schemas[] = {
	{ "incremental_book_L2", { "is_snapshot", "side", "price", "amount" },
	    RP_LEVEL, sizeof(struct rp_level), put_level },
	{ "trades", { "id", "side", "price", "amount" }, RP_TRADE,
	    sizeof(struct rp_trade), put_trade },
	{ "quotes", { "ask_amount", "ask_price", "bid_price", "bid_amount" },
	    RP_BBO, sizeof(struct rp_bbo), put_quote },
	{ "derivative_ticker",
	    { "funding_timestamp", "funding_rate", "predicted_funding_rate",
		"open_interest", "last_price", "index_price", "mark_price" },
	    RP_STAT, RP_REFERENCE_LEN(rp_stat), put_ticker },
};
const size_t rp_tardis_n_schemas = RP_LEN(rp_tardis_schemas);

const struct rp_tardis_schema rp_tardis_book_snapshot = { "book_snapshot_N",
	{ NULL }, RP_BOOK, sizeof(struct rp_book), put_book };
