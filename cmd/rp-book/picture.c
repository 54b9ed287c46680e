#include "picture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/time.h"

enum { NUMBER = 48 }; /* bytes of one as text */

/* Lines beside levels and trades: title, state, head of the columns, spread. */
enum { LINES = 4, BAR = 40 };

enum ink { INK_NONE, INK_BOLD, INK_BID, INK_ASK };

struct pen {
	FILE *out;
	const struct screen *s;
	unsigned left; /* columns of the line */
	unsigned blanks; /* before what comes next; none at its end */
	unsigned rows; /* from this line on; of 0 nothing is drawn */
};

/* ---- lines ---- */

/* Bytes of text that fill no more than so many columns, one a character. */
static size_t
fitting(const char *text, unsigned *columns)
{
	const char *p = text;

	for (; *p != '\0'; p++) {
		if ((*p & 0xc0) == 0x80)
			continue;
		if (*columns == 0)
			break;
		--*columns;
	}
	return (size_t)(p - text);
}

static void
put(struct pen *pen, enum ink ink, const char *text)
{
	static const char *const codes[] = { "", "1", "32", "31" };
	bool inked = ink != INK_NONE && pen->s->live &&
	    (pen->s->color || ink == INK_BOLD);
	size_t n;

	if (*text == '\0' || pen->rows == 0)
		return;
	while (pen->blanks > 0 && pen->left > 0) {
		putc(' ', pen->out);
		pen->blanks--;
		pen->left--;
	}
	n = fitting(text, &pen->left);
	if (inked)
		fprintf(pen->out, "\033[%sm", codes[ink]);
	fwrite(text, 1, n, pen->out);
	if (inked)
		fputs("\033[0m", pen->out);
}

__attribute__((format(printf, 3, 4))) static void
putf(struct pen *pen, enum ink ink, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(pen, ink, text);
}

/* Text that ends at a column of this width. */
static void
put_right(struct pen *pen, enum ink ink, const char *text, unsigned width)
{
	unsigned len = (unsigned)strlen(text);

	pen->blanks += len < width ? width - len : 0;
	put(pen, ink, text);
}

/* The last line of a terminal has no end, or it would scroll. */
static void
end_line(struct pen *pen)
{
	if (pen->rows == 0)
		return;
	pen->rows--;
	if (!pen->s->live)
		putc('\n', pen->out);
	else
		fputs(pen->rows > 0 ? "\033[K\r\n" : "\033[K", pen->out);
	pen->left = pen->s->columns;
	pen->blanks = 0;
}

/* ---- numbers ---- */

/* Decimals that it needs. */
static int
decimals_of(int64_t m, int exp)
{
	for (; exp < 0 && m % 10 == 0; exp++)
		m /= 10;
	return exp < 0 && m != 0 ? -exp : 0;
}

static void
widen(int *decimals, int64_t m, int exp)
{
	int own = decimals_of(m, exp);

	*decimals = own > *decimals ? own : *decimals;
}

static void
to_text(char text[static NUMBER], int64_t m, int exp, int decimals)
{
	int64_t v = rp_view_rescaled(m, exp, -decimals);
	size_t n;

	if (m == RP_ABSENT)
		n = 0;
	else if (v == RP_ABSENT)
		n = rp_decimal_format(text, m, exp, RP_DIGITS_TRIM);
	else
		n = rp_decimal_format(text, v, -decimals, RP_DIGITS_KEEP);
	text[n] = '\0';
}

static unsigned
wider(unsigned width, const char *text)
{
	unsigned len = (unsigned)strlen(text);

	return len > width ? len : width;
}

/* ---- levels ---- */

struct row {
	uint8_t side; /* RP_SIDE_NONE: there is no such level */
	char price[NUMBER], size[NUMBER], orders[16];
	double part; /* of the largest size shown */
};

struct table {
	struct row *rows; /* asks, the worst first, then bids: 2 n */
	unsigned n;
	int px_decimals, qty_decimals;
	unsigned price, size, orders; /* widths; no orders: 0 */
	int64_t largest;
};

static void
measure(struct table *t, const struct rp_lob *b, uint8_t side)
{
	const struct rp_price_level *l;

	for (uint32_t i = 0; i < t->n && (l = rp_lob_at(b, side, i)) != NULL;
	     i++) {
		widen(&t->px_decimals, l->price, b->px_exp);
		widen(&t->qty_decimals, l->size, b->qty_exp);
		t->largest = l->size > t->largest ? l->size : t->largest;
	}
}

static void
fill(struct table *t, const struct rp_lob *b, uint8_t side)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct rp_price_level *l = rp_lob_at(b, side, i);
		struct row *r =
		    &t->rows[side == RP_SIDE_ASK ? t->n - 1 - i : t->n + i];

		if (l == NULL)
			continue;
		r->side = side;
		r->part = (double)l->size / (double)t->largest;
		to_text(r->price, l->price, b->px_exp, t->px_decimals);
		to_text(r->size, l->size, b->qty_exp, t->qty_decimals);
		if (l->orders > 0)
			snprintf(r->orders, sizeof(r->orders), "%" PRIu32,
			    l->orders);
		t->price = wider(t->price, r->price);
		t->size = wider(t->size, r->size);
		t->orders = wider(t->orders, r->orders);
	}
}

static bool
tabulate(struct table *t, const struct rp_lob *b, unsigned n)
{
	*t = (struct table){ .n = n, .price = 5, .size = 4, .largest = 1 };
	if ((t->rows = calloc(2 * (size_t)n, sizeof(*t->rows))) == NULL)
		return false;
	measure(t, b, RP_SIDE_BID);
	measure(t, b, RP_SIDE_ASK);
	fill(t, b, RP_SIDE_BID);
	fill(t, b, RP_SIDE_ASK);
	if (t->orders > 0)
		t->orders = wider(t->orders, "orders");
	return true;
}

static void
put_bar(struct pen *pen, enum ink ink, double part)
{
	char text[3 * BAR + 1] = "";
	unsigned room = pen->left > pen->blanks ? pen->left - pen->blanks : 0;
	unsigned width = room < BAR ? room : BAR;
	unsigned n = (unsigned)(part * width + 0.5);

	for (unsigned i = 0; i < (n > 0 ? n : 1); i++)
		strcat(text, pen->s->blocks ? "\xe2\x96\x88" : "#");
	put(pen, ink, text);
}

static void
put_row(struct pen *pen, const struct table *t, const struct row *r)
{
	bool bid = r->side == RP_SIDE_BID;
	enum ink ink = bid ? INK_BID : INK_ASK;

	if (r->side != RP_SIDE_NONE) {
		put_right(pen, INK_NONE, bid ? r->orders : "", t->orders);
		pen->blanks += 2 * (t->orders > 0);
		put_right(pen, ink, bid ? r->size : "", t->size);
		pen->blanks += 2;
		put_right(pen, INK_BOLD, r->price, t->price);
		pen->blanks += 2;
		put_right(pen, ink, bid ? "" : r->size, t->size);
		pen->blanks += 2 * (t->orders > 0);
		put_right(pen, INK_NONE, bid ? "" : r->orders, t->orders);
		pen->blanks += 2;
		put_bar(pen, ink, r->part);
	}
	end_line(pen);
}

static void
put_heads(struct pen *pen, const struct table *t)
{
	if (t->orders > 0) {
		put_right(pen, INK_NONE, "orders", t->orders);
		pen->blanks += 2;
	}
	put_right(pen, INK_NONE, "bid", t->size);
	pen->blanks += 2;
	put_right(pen, INK_NONE, "price", t->price);
	pen->blanks += 2;
	put_right(pen, INK_NONE, "ask", t->size);
	if (t->orders > 0) {
		pen->blanks += 2;
		put_right(pen, INK_NONE, "orders", t->orders);
	}
	end_line(pen);
}

static void
put_spread(struct pen *pen, const struct table *t, const struct rp_lob *b)
{
	const struct rp_price_level *bid = rp_lob_at(b, RP_SIDE_BID, 0);
	const struct rp_price_level *ask = rp_lob_at(b, RP_SIDE_ASK, 0);
	unsigned before = t->size + 2 + (t->orders > 0 ? t->orders + 2 : 0);
	char text[NUMBER];
	int64_t spread;

	if (bid != NULL && ask != NULL &&
	    !__builtin_sub_overflow(ask->price, bid->price, &spread)) {
		to_text(text, spread, b->px_exp, t->px_decimals);
		put_right(pen, INK_NONE, "spread", before - 2);
		pen->blanks += 2;
		put_right(pen, INK_NONE, text, t->price);
	}
	end_line(pen);
}

/* ---- trades ---- */

static void
put_trades(struct pen *pen, const struct picture *p, unsigned n)
{
	static const char *const sides[] = { [RP_SIDE_NONE] = "-",
		[RP_SIDE_BID] = "buy",
		[RP_SIDE_ASK] = "sell" };
	char price[NUMBER], size[NUMBER], time[RP_TIME_ROOM];
	int px = 0, qty = 0;
	unsigned width = 0, size_width = 0;
	struct rp_time_text zone = { 0 };

	for (unsigned i = 0; i < n; i++) {
		widen(&px, p->trades[i].price, p->trades[i].px_exp);
		widen(&qty, p->trades[i].size, p->trades[i].qty_exp);
	}
	for (int pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < n; i++) {
			const struct rp_trade_tick *t = &p->trades[i];
			enum ink ink = t->side == RP_SIDE_BID ? INK_BID
			    : t->side == RP_SIDE_ASK          ? INK_ASK
							      : INK_NONE;

			to_text(price, t->price, t->px_exp, px);
			to_text(size, t->size, t->qty_exp, qty);
			width = wider(width, price);
			size_width = wider(size_width, size);
			if (pass == 0)
				continue;
			time[0] = '-';
			if (t->ts_event != RP_ABSENT)
				(void)rp_time_format(&zone, time, t->ts_event);
			putf(pen, INK_NONE, "%.*s",
			    t->ts_event != RP_ABSENT ? 18 : 1,
			    t->ts_event != RP_ABSENT ? time + 11 : time);
			pen->blanks = 2;
			putf(pen, ink, "%-4s",
			    sides[t->side <= RP_SIDE_ASK ? t->side : 0]);
			pen->blanks = 2;
			put_right(pen, ink, size, size_width);
			put(pen, INK_NONE, " @ ");
			put_right(pen, INK_NONE, price, width);
			end_line(pen);
		}
}

/* ---- all ---- */

static const char *
state_of(const struct book *b)
{
	if (b->lob.state != RP_LOB_VALID)
		return b->lob.state == RP_LOB_UNSEEDED ? "not known yet"
						       : "stale";
	if (b->faults & 1u << RP_FAULT_CROSSED)
		return "crossed";
	return b->faults & 1u << RP_FAULT_LOCKED ? "locked" : "valid";
}

static void
put_title(struct pen *pen, const struct picture *p)
{
	const struct book *b = p->book;
	struct rp_time_text zone = { 0 };
	char time[RP_TIME_ROOM] = "-";
	size_t n = 1;

	if (b->cause.ts_event != RP_ABSENT)
		n = rp_time_format(&zone, time, b->cause.ts_event);
	if (b->symbol != NULL)
		putf(pen, INK_BOLD, "%.*s", b->symbol->len, b->symbol->text);
	else
		put(pen, INK_BOLD, "-");
	if (b->source != NULL)
		putf(pen, INK_NONE, "  %.*s", b->source->len, b->source->text);
	putf(pen, INK_NONE, "  %.*s", (int)n, time);
	end_line(pen);
	putf(pen, b->lob.state == RP_LOB_VALID ? INK_NONE : INK_ASK, "%s",
	    state_of(b));
	putf(pen, INK_NONE, "  %" PRIu64 " records", b->records);
	if (p->rate >= 0)
		putf(pen, INK_NONE, "  %.0f records/s", p->rate);
	end_line(pen);
}

bool
picture_paint(FILE *out, const struct picture *p, const struct screen *s)
{
	struct pen pen = {
		.out = out, .s = s, .left = s->columns, .rows = s->rows
	};
	unsigned trades = p->n_trades < s->rows / 4 ? p->n_trades : s->rows / 4;
	unsigned room = s->rows > LINES + trades ? s->rows - LINES - trades : 0;
	struct table t;

	if (!tabulate(&t, &p->book->lob, room > 2 ? room / 2 : 1))
		return false;
	if (s->live)
		fputs("\033[H", out);
	put_title(&pen, p);
	put_heads(&pen, &t);
	for (unsigned i = 0; i < 2 * t.n; i++) {
		if (i == t.n)
			put_spread(&pen, &t, &p->book->lob);
		put_row(&pen, &t, &t.rows[i]);
	}
	put_trades(&pen, p, trades);
	if (s->live)
		fputs("\033[J", out);
	free(t.rows);
	return true;
}
