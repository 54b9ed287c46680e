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

/* ---- checkpoints ---- */

/* A name, or none. */
static void
store_name(struct rp_store *s, struct rp_labels *labels, struct rp_label **name)
{
	uint16_t len = *name != NULL ? (uint16_t)(*name)->len : 0;
	char text[RP_MAX_NAME];

	if (len > 0)
		memcpy(text, (*name)->text, len);
	rp_store_u16(s, &len);
	rp_store_check(s, len <= RP_MAX_NAME);
	if (s->status != RP_OK || len == 0)
		return;
	rp_store_bytes(s, text, len);
	rp_store_check(s, rp_name_is_valid(text, len));
	if (!s->loading || s->status != RP_OK)
		return;
	if ((*name = rp_labels_add(labels, text, len)) == NULL)
		s->status = RP_ERR_NOMEM;
}

static void
store_cause(struct rp_store *s, struct rp_cause *c)
{
	rp_store_i64(s, &c->ts_event);
	rp_store_i64(s, &c->ts_recv);
	rp_store_u64(s, &c->sequence);
	rp_store_u64(s, &c->seq);
	rp_store_i64(s, &c->price);
	rp_store_i64(s, &c->size);
	rp_store_u8(s, &c->side);
	rp_store_u8(s, &c->action);
	rp_store_u16(s, &c->flags);
	rp_store_u16(s, &c->channel);
	rp_store_i32(s, &c->send_delta);
	rp_store_u32(s, &c->aux);
}

static void
store_book(struct rp_store *s, struct book *b)
{
	rp_store_u16(s, &b->type);
	rp_store_check(
	    s, b->type == 0 || b->type == RP_MBO || b->type == RP_LEVEL);
	rp_store_u8(s, &b->id_form);
	rp_store_check(s, b->id_form <= RP_ID_HASH);
	rp_store_bool(s, &b->open);
	rp_store_u32(s, &b->faults);
	rp_store_u64(s, &b->records);
	store_cause(s, &b->cause);
	rp_lob_store(s, &b->lob);
}

static void
load_book(struct rp_store *s, struct books *bs)
{
	struct rp_label *symbol = NULL, *source = NULL;
	size_t before = bs->n;
	struct book *b;

	store_name(s, &bs->symbols, &symbol);
	store_name(s, &bs->sources, &source);
	if (s->status != RP_OK)
		return;
	if ((b = books_of(bs, symbol, source)) == NULL) {
		s->status = RP_ERR_NOMEM;
		return;
	}
	rp_store_check(s, bs->n == before + 1);
	store_book(s, b);
	bs->open += b->open;
}

void
books_store(struct books *bs, struct rp_store *s)
{
	const size_t least = 2 * sizeof(uint16_t);
	uint64_t n = rp_store_count(s, bs->n, least);

	for (uint64_t i = 0; i < n && s->status == RP_OK; i++) {
		if (s->loading) {
			load_book(s, bs);
			continue;
		}
		store_name(s, &bs->symbols, &bs->all[i]->symbol);
		store_name(s, &bs->sources, &bs->all[i]->source);
		store_book(s, bs->all[i]);
	}
	rp_store_bool(s, &bs->from_empty);
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
