#include "books.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "book/checkpoint.h"
#include "wire/directory.h"

void
books_init(struct books *bs, bool from_empty)
{
	*bs = (struct books){ .from_empty = from_empty,
		.symbols.class = RP_NAME_SYMBOL,
		.sources.class = RP_NAME_SOURCE };
}

void
books_free(struct books *bs)
{
	for (size_t i = 0; i < bs->n; i++) {
		rp_lob_free(&bs->all[i]->lob);
		free(bs->all[i]);
	}
	free(bs->all);
	free(bs->table);
	rp_labels_free(&bs->symbols);
	rp_labels_free(&bs->sources);
	*bs = (struct books){ 0 };
}

/* Whose checksums a source's updates bear. */
static enum rp_lob_venue
venue_of(const struct rp_label *source)
{
	static const struct {
		const char *prefix;
		enum rp_lob_venue venue;
	} venues[] = {
		{ "kraken", RP_VENUE_KRAKEN },
		{ "okx", RP_VENUE_OKX },
		{ "okex", RP_VENUE_OKX },
		{ "bitget", RP_VENUE_BITGET },
	};

	for (size_t i = 0; source != NULL && i < RP_LEN(venues); i++) {
		size_t len = strlen(venues[i].prefix);

		if (source->len >= len &&
		    strncasecmp(source->text, venues[i].prefix, len) == 0)
			return venues[i].venue;
	}
	return RP_VENUE_PLAIN;
}

/* ---- the table ---- */

static uint64_t
hash_of(const struct rp_label *symbol, const struct rp_label *source)
{
	return rp_record_seed(symbol != NULL ? symbol->hash : 0,
	    source != NULL ? source->hash : 0);
}

static bool
is_name(const struct rp_label *a, const struct rp_label *b)
{
	return a == b || (a != NULL && b != NULL && rp_label_same(a, b));
}

/* Where the book of these names stands, or would stand. */
static uint32_t *
find(const struct books *bs, const struct rp_label *symbol,
    const struct rp_label *source)
{
	size_t i = hash_of(symbol, source) & (bs->size - 1);
	const struct book *b;

	for (; bs->table[i] != 0; i = (i + 1) & (bs->size - 1)) {
		b = bs->all[bs->table[i] - 1];
		if (is_name(b->symbol, symbol) && is_name(b->source, source))
			break;
	}
	return &bs->table[i];
}

static bool
grow(struct books *bs)
{
	size_t size = bs->size == 0 ? 64 : 2 * bs->size;
	struct book **all = realloc(bs->all, size / 2 * sizeof(*all));
	uint32_t *table = calloc(size, sizeof(*table));

	if (all != NULL)
		bs->all = all;
	if (all == NULL || table == NULL) {
		free(table);
		return false;
	}
	free(bs->table);
	bs->table = table;
	bs->size = size;
	bs->cap = size / 2;
	for (uint32_t i = 0; i < bs->n; i++)
		*find(bs, all[i]->symbol, all[i]->source) = i + 1;
	return true;
}

static struct book *
add(struct books *bs, struct rp_label *symbol, struct rp_label *source)
{
	struct book *b;

	if (bs->n == bs->cap && !grow(bs))
		return NULL;
	if ((b = calloc(1, sizeof(*b) + bs->state_size)) == NULL)
		return NULL;
	rp_lob_init(&b->lob, venue_of(source));
	if (bs->from_empty)
		rp_lob_clear(&b->lob);
	b->symbol = symbol;
	b->source = source;
	b->number = (uint32_t)bs->n;
	b->cause.ts_event = b->cause.ts_recv = RP_ABSENT;
	*find(bs, symbol, source) = b->number + 1;
	return bs->all[bs->n++] = b;
}

struct book *
books_of(struct books *bs, struct rp_label *symbol, struct rp_label *source)
{
	uint32_t at = bs->size > 0 ? *find(bs, symbol, source) : 0;

	return at != 0 ? bs->all[at - 1] : add(bs, symbol, source);
}

struct book *
books_look_up(
    struct books *bs, const struct rp_frame *f, const struct rp_record *rec)
{
	struct rp_label *symbol = rp_frame_name(f, rec->symbol);
	struct rp_label *source = rp_frame_name(f, rec->source);
	uint32_t at = bs->size > 0 ? *find(bs, symbol, source) : 0;

	if (at != 0)
		return bs->all[at - 1];
	if (symbol != NULL &&
	    (symbol = rp_labels_of(&bs->symbols, symbol)) == NULL)
		return NULL;
	if (source != NULL &&
	    (source = rp_labels_of(&bs->sources, source)) == NULL)
		return NULL;
	return add(bs, symbol, source);
}

/* ---- the end of a venue event ---- */

/* What a change of a level is as an action of orders. */
static uint8_t
action_of(uint16_t type, uint8_t action)
{
	static const uint8_t of_level[] = { [RP_LEVEL_SET] = 'M',
		[RP_LEVEL_DELTA] = 'M',
		[RP_LEVEL_REMOVE] = 'C',
		[RP_LEVEL_CLEAR] = 'R',
		[RP_LEVEL_NONE] = 0 };

	if (type != RP_LEVEL)
		return action;
	return action < RP_LEN(of_level) ? of_level[action] : 0;
}

/* mbo and level have their price and size at the same place, price first. */
_Static_assert(
    offsetof(struct rp_mbo, price) == offsetof(struct rp_level, price),
    "price");
_Static_assert(
    offsetof(struct rp_mbo, size) == offsetof(struct rp_level, size), "size");

void
book_set_cause(struct book *b, const struct rp_record *rec)
{
	const struct rp_mbo *m = (const struct rp_mbo *)rec->payload;
	const struct rp_book *k = (const struct rp_book *)rec->payload;
	bool whole = rec->type == RP_BOOK;

	b->id_form = (uint8_t)(m->ev.tflags >> RP_ID_FORM_SHIFT);
	b->cause = (struct rp_cause){ .ts_event = m->ev.ts_event,
		.ts_recv = rec->ts_recv,
		.sequence = m->ev.sequence,
		.seq = rec->seq,
		.price = rp_view_rescaled(
		    whole ? k->price : m->price, m->ev.px_exp, b->lob.px_exp),
		.size = rp_view_rescaled(
		    whole ? k->size : m->size, m->ev.qty_exp, b->lob.qty_exp),
		.side = m->ev.side,
		.action = action_of(rec->type, m->ev.action),
		.flags = rec->flags & ~(unsigned)RP_LAST,
		.channel = m->ev.channel,
		.send_delta = m->ev.send_delta,
		.aux = rec->type == RP_MBO ? m->ev.aux
		    : whole                ? k->instrument_id
					   : 0 };
}

/* ---- checkpoints ---- */

/* A name, or none. */
static void
store_name(
    struct rp_archive *ar, struct rp_labels *labels, struct rp_label **name)
{
	uint16_t len = *name != NULL ? (uint16_t)(*name)->len : 0;
	char text[RP_MAX_NAME];

	if (len > 0)
		memcpy(text, (*name)->text, len);
	rp_archive_u16(ar, &len);
	rp_archive_check(ar, len <= RP_MAX_NAME);
	if (ar->status != RP_OK || len == 0)
		return;
	rp_archive_bytes(ar, text, len);
	rp_archive_check(ar, rp_name_is_valid(text, len));
	if (!ar->loading || ar->status != RP_OK)
		return;
	if ((*name = rp_labels_add(labels, text, len)) == NULL)
		ar->status = RP_ERR_NOMEM;
}

static void
store_cause(struct rp_archive *ar, struct rp_cause *c)
{
	rp_archive_i64(ar, &c->ts_event);
	rp_archive_i64(ar, &c->ts_recv);
	rp_archive_u64(ar, &c->sequence);
	rp_archive_u64(ar, &c->seq);
	rp_archive_i64(ar, &c->price);
	rp_archive_i64(ar, &c->size);
	rp_archive_u8(ar, &c->side);
	rp_archive_u8(ar, &c->action);
	rp_archive_u16(ar, &c->flags);
	rp_archive_u16(ar, &c->channel);
	rp_archive_i32(ar, &c->send_delta);
	rp_archive_u32(ar, &c->aux);
}

static void
archive_book(struct rp_archive *ar, struct book *b)
{
	rp_archive_u16(ar, &b->type);
	rp_archive_check(ar,
	    b->type == 0 || b->type == RP_MBO || b->type == RP_LEVEL ||
		b->type == RP_BOOK);
	rp_archive_u8(ar, &b->id_form);
	rp_archive_check(ar, b->id_form <= RP_ID_HASH);
	rp_archive_bool(ar, &b->open);
	rp_archive_u32(ar, &b->faults);
	rp_archive_u64(ar, &b->records);
	store_cause(ar, &b->cause);
	rp_lob_archive(ar, &b->lob);
}

static void
load_book(struct rp_archive *ar, struct books *bs)
{
	struct rp_label *symbol = NULL, *source = NULL;
	size_t before = bs->n;
	struct book *b;

	store_name(ar, &bs->symbols, &symbol);
	store_name(ar, &bs->sources, &source);
	if (ar->status != RP_OK)
		return;
	if ((b = books_of(bs, symbol, source)) == NULL) {
		ar->status = RP_ERR_NOMEM;
		return;
	}
	rp_archive_check(ar, bs->n == before + 1);
	archive_book(ar, b);
	bs->open += b->open;
}

void
books_archive(struct books *bs, struct rp_archive *ar)
{
	const size_t least = 2 * sizeof(uint16_t);
	uint64_t n = rp_archive_count(ar, bs->n, least);

	for (uint64_t i = 0; i < n && ar->status == RP_OK; i++) {
		if (ar->loading) {
			load_book(ar, bs);
			continue;
		}
		store_name(ar, &bs->symbols, &bs->all[i]->symbol);
		store_name(ar, &bs->sources, &bs->all[i]->source);
		archive_book(ar, bs->all[i]);
	}
	rp_archive_bool(ar, &bs->from_empty);
}

/* ---- a hash ---- */

uint64_t
books_hash(const struct books *bs)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < bs->n; i++) {
		const struct book *b = bs->all[i];
		const uint64_t says[] = { b->type, b->lob.state,
			b->lob.sequence, rp_lob_hash(&b->lob) };

		sum += rp_hash_seed(
		    says, sizeof(says), hash_of(b->symbol, b->source));
	}
	return sum;
}
