/* ITCH 5.0, its messages: what all of them have, and what becomes of each. */
#include "import/itch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types/reference.h"
#include "wire/directory.h"

/* ---- what is said of a message ---- */

enum rp_status
rp_itch_reject(struct rp_itch *t, const uint8_t *p, size_t len, const char *why)
{
	return rp_import_reject_bytes(t->im, p, len, "%s", why);
}

/* ---- symbols ---- */

/* The bytes of a stock without the blanks behind them. */
static size_t
stock_len(const uint8_t *stock)
{
	size_t n = RP_ITCH_STOCK;

	while (n > 0 && stock[n - 1] == ' ')
		n--;
	return n;
}

/* The locate code of a message is known to be its stock's. */
static inline bool
is_known(const struct rp_itch *t, const uint8_t *p, const uint8_t *stock)
{
	uint64_t text = t->stocks[rp_be16(p + RP_ITCH_LOCATE)].text;

	return text != 0 && text == rp_le64(stock);
}

/* Why a message cannot say which stock its locate code is, or NULL. */
static const char *
stock_fault(const uint8_t *p, const uint8_t *stock)
{
	if (rp_be16(p + RP_ITCH_LOCATE) == 0)
		return "a stock has the locate code 0, which is of none";
	if (!rp_name_is_valid((const char *)stock, stock_len(stock)))
		return "the stock is no text";
	return NULL;
}

static enum rp_status
learn_stock(struct rp_itch *t, const uint8_t *p, const uint8_t *stock)
{
	struct rp_itch_stock *s = &t->stocks[rp_be16(p + RP_ITCH_LOCATE)];

	s->label =
	    rp_labels_find(&t->symbols, (const char *)stock, stock_len(stock));
	if (s->label == NULL)
		return rp_import_no_memory(t->im);
	s->text = rp_le64(stock);
	return RP_OK;
}

/* The symbol of a locate code that no message has named: the code as text. */
static struct rp_label *
name_code(struct rp_itch *t, uint16_t locate)
{
	struct rp_itch_stock *s = &t->stocks[locate];
	char text[8];
	int n = snprintf(text, sizeof(text), "%u", locate);

	t->unnamed++;
	if (s->label == NULL)
		s->label = rp_labels_find(&t->symbols, text, (size_t)n);
	return s->label;
}

/* ---- records ---- */

struct rp_record *
rp_itch_begin(struct rp_itch *t, const uint8_t *p, uint16_t type, uint32_t len)
{
	struct rp_record *r = rp_writer_place(t->im->out, len);

	if (r == NULL)
		return NULL;
	memset(r->payload, 0, len);
	rp_itch_head(t, p, r, type, len);
	return r;
}

enum rp_status
rp_itch_add(struct rp_itch *t, const uint8_t *p, struct rp_record *r)
{
	const uint16_t locate = rp_be16(p + RP_ITCH_LOCATE);
	struct rp_label *symbol = t->stocks[locate].label;

	/* code 0 is of no instrument */
	if (t->stocks[locate].text == 0 && locate != 0 &&
	    (symbol = name_code(t, locate)) == NULL)
		return rp_import_no_memory(t->im);
	if (rp_writer_add(t->im->out, r, symbol, t->source) != RP_OK)
		return rp_import_write_failed(t->im);
	return RP_OK;
}

/* As received. */
static enum rp_status
make_opaque(struct rp_itch *t, const uint8_t *p, size_t len)
{
	struct rp_itch_payload *o;
	const uint32_t size = (uint32_t)(sizeof(*o) + len);
	struct rp_record *r = rp_writer_place(t->im->out, size);

	if (r == NULL)
		return rp_import_write_failed(t->im);
	o = (struct rp_itch_payload *)r->payload;
	o->ts_event = rp_itch_stamp(t, p, r, RP_ITCH, size);
	o->sequence = t->sequence;
	memcpy(o->message, p, len);
	t->opaque[p[0]]++;
	return rp_itch_add(t, p, r);
}

/* ---- what becomes of each ---- */

struct kind {
	uint8_t len; /* bytes; 0: none of ITCH 5.0 */
	uint8_t stock; /* offset of its stock; 0: it names none */
	/* write its records; NULL: it travels as RP_ITCH */
	enum rp_status (*make)(struct rp_itch *t, const uint8_t *p);
	/* where a letter stands, and which may; NULL: any */
	uint8_t letter;
	const char *letters;
};

/* clang-format off */

/* By type: its bytes, where its stock is, what makes its records, where a
 * letter is and which may be there. */
static const struct kind kinds[256] = {
	['S'] = { 12, 0, rp_itch_make_system, 11, "OSQMEC" },
	['R'] = { 39, 11, rp_itch_make_directory, 25, "YN" },
	['H'] = { 25, 11, rp_itch_make_action, 19, "HPQT" },
	['Y'] = { 20, 11, rp_itch_make_short_sale, 19, "012" },
	['L'] = { 26, 15, NULL, 23, "YN" },
	['V'] = { 35, 0, NULL, 0, NULL },
	['W'] = { 12, 0, rp_itch_make_breaker, 11, "123" },
	['K'] = { 28, 11, NULL, 23, "AC" },
	['J'] = { 35, 11, NULL, 0, NULL },
	['h'] = { 21, 11, rp_itch_make_halt, 20, "HT" },
	['A'] = { 36, 24, rp_itch_make_add, 19, "BS" },
	['F'] = { 40, 24, rp_itch_make_add, 19, "BS" },
	['E'] = { 31, 0, rp_itch_make_execution, 0, NULL },
	['C'] = { 36, 0, rp_itch_make_execution, 31, "YN" },
	['X'] = { 23, 0, rp_itch_make_cancel, 0, NULL },
	['D'] = { 19, 0, rp_itch_make_delete, 0, NULL },
	['U'] = { 35, 0, rp_itch_make_replace, 0, NULL },
	['P'] = { 44, 24, rp_itch_make_trade, 19, "BS" },
	['Q'] = { 40, 19, rp_itch_make_cross, 39, "OCHI" },
	['B'] = { 19, 0, rp_itch_make_bust, 0, NULL },
	['I'] = { 50, 28, rp_itch_make_imbalance, 27, "BSNOP" },
	['N'] = { 20, 11, NULL, 19, "BSAN" },
	['O'] = { 48, 11, NULL, 19, "YN" },
};

/* clang-format on */

size_t
rp_itch_len(uint8_t type)
{
	return kinds[type].len;
}

bool
rp_itch_plausible(const uint8_t *p, size_t len, int64_t *time)
{
	const struct kind *k;

	if (len < RP_ITCH_HEAD || (k = &kinds[p[0]])->len != len)
		return false;
	*time = (int64_t)rp_be48(p + RP_ITCH_TIME);
	if (*time >= RP_DAY ||
	    (k->stock != 0 && stock_fault(p, p + k->stock) != NULL))
		return false;
	return k->letters == NULL ||
	    (p[k->letter] != 0 && strchr(k->letters, p[k->letter]) != NULL);
}

/* Why a message cannot be one of ITCH 5.0, or NULL. */
static const char *
fault(const uint8_t *p, size_t len, char *text, size_t size)
{
	const struct kind *k = &kinds[len > 0 ? p[0] : 0];

	if (k->len == 0)
		snprintf(text, size,
		    "no message of ITCH 5.0 has the type 0x%02x",
		    len > 0 ? p[0] : 0u);
	else if (k->len != len)
		snprintf(text, size, "%zu bytes; a message %c has %u", len,
		    p[0], k->len);
	else if (rp_be48(p + RP_ITCH_TIME) >= (uint64_t)RP_DAY)
		snprintf(text, size, "the time, %llu ns, is not within a day",
		    (unsigned long long)rp_be48(p + RP_ITCH_TIME));
	else
		return NULL;
	return text;
}

enum rp_status
rp_itch_message(struct rp_itch *t, const uint8_t *p, size_t len)
{
	const struct kind *k = &kinds[len > 0 ? p[0] : 0];
	const uint8_t *stock = p + k->stock;
	const char *why;
	char text[96];
	enum rp_status st;

	if (k->len != len || len == 0 ||
	    rp_be48(p + RP_ITCH_TIME) >= (uint64_t)RP_DAY)
		return rp_itch_reject(
		    t, p, len, fault(p, len, text, sizeof(text)));
	if (k->stock != 0 && !is_known(t, p, stock)) {
		if ((why = stock_fault(p, stock)) != NULL)
			return rp_itch_reject(t, p, len, why);
		if ((st = learn_stock(t, p, stock)) != RP_OK)
			return st;
	}
	return k->make != NULL ? k->make(t, p) : make_opaque(t, p, len);
}

/* ---- a feed ---- */

struct rp_itch *
rp_itch_new(struct rp_import *im, const char *source)
{
	struct rp_itch *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->im = im;
	t->ts_recv = RP_ABSENT;
	t->symbols.class = RP_NAME_SYMBOL;
	t->sources.class = RP_NAME_SOURCE;
	t->stocks = calloc(RP_ITCH_LOCATES, sizeof(*t->stocks));
	t->source = rp_labels_add(&t->sources, source, strlen(source));
	if (t->stocks == NULL || t->source == NULL ||
	    rp_itch_orders_init(&t->orders) != RP_OK) {
		rp_itch_free(t);
		return NULL;
	}
	return t;
}

void
rp_itch_forget(struct rp_itch *t)
{
	rp_itch_orders_clear(&t->orders);
	memset(t->stocks, 0, RP_ITCH_LOCATES * sizeof(*t->stocks));
}

/* Count, and say what it is if the user should know. */
static void
count(struct rp_itch *t, const char *name, uint64_t n, const char *warning)
{
	if (n == 0)
		return;
	rp_import_count(t->im, name, n);
	if (warning != NULL)
		rp_import_warn(t->im, "%s: %.*s: %llu messages %s", t->im->name,
		    (int)t->source->len, t->source->text, (unsigned long long)n,
		    warning);
}

static void
tell(struct rp_itch *t)
{
	char name[] = "opaque.X";

	for (unsigned i = 0; i < RP_LEN(t->opaque); i++) {
		name[sizeof(name) - 2] = (char)i;
		count(t, name, t->opaque[i], NULL);
	}
	count(t, "unknown_orders", t->unknown_orders,
	    "are about orders that were not open: side and price are absent");
	count(t, "repeated_orders", t->repeated_orders,
	    "add an order that was open already");
	count(t, "excess", t->excess, "take more from an order than it had");
	count(t, "unnamed", t->unnamed,
	    "are of a locate code without a stock, which stands as text");
}

void
rp_itch_free(struct rp_itch *t)
{
	if (t == NULL)
		return;
	if (t->source != NULL)
		tell(t);
	rp_labels_free(&t->symbols);
	rp_labels_free(&t->sources);
	rp_itch_orders_free(&t->orders);
	free(t->stocks);
	free(t);
}
