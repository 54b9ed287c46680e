/*
 * An object that is read in ranges. What was announced is fetched ahead, a few
 * blocks side by side; what was not, alone and when it is asked for. Each range
 * must be of the object as it was when it was opened: what replaced it is
 * found out, and not mixed in.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/s3.h"

enum {
	BLOCKS = 4, /* fetched at once, each of */
	BLOCK = 4 << 20, /* bytes at most, */
	FIRST =
	    512 << 10, /* but the first: who reads but a little waits less */
	GAP = 32 << 10, /* bytes that are rather fetched than left out */
	WAIT_SLICE = 200 /* ms after which we look whether to stop */
};

struct block {
	struct rp_s3_range range;
	enum rp_status st; /* RP_EMPTY: it is under way */
	struct rp_s3_call call;
	struct rp_error why;
};

struct s3_object {
	struct rp_s3 *s3;
	char *key;
	uint64_t size;
	char etag[RP_ETAG_ROOM];
	struct rp_buffer extents; /* announced: struct rp_s3_range */
	size_t next; /* of them */
	size_t ahead; /* bytes of the next block */
	uint64_t at; /* read so far: what lies before is not fetched ahead */
	struct block block[BLOCKS]; /* a ring: n from first on */
	size_t first, n;
	struct block alone;
};

/* ---- blocks ---- */

static enum rp_status
begin(struct s3_object *o, struct block *b, uint64_t offset, size_t len)
{
	b->range = (struct rp_s3_range){ offset, len, o->size };
	b->why = (struct rp_error){ 0 };
	b->call = (struct rp_s3_call){
		.method = "GET", .key = o->key, .range = &b->range
	};
	b->st = rp_s3_header(&b->call, &b->why,
	    "Range: bytes=%" PRIu64 "-%" PRIu64, offset, offset + len - 1);
	if (b->st == RP_OK && o->etag[0] != '\0')
		b->st = rp_s3_header(
		    &b->call, &b->why, "If-Match: \"%s\"", o->etag);
	if (b->st == RP_OK)
		b->st = RP_EMPTY;
	return b->st;
}

/* A server that keeps to no If-Match tells the ETag all the same. */
static enum rp_status
check_same(const struct s3_object *o, struct block *b)
{
	char etag[RP_ETAG_ROOM];

	if (b->st == RP_OK &&
	    (o->etag[0] == '\0' ||
		(rp_s3_etag(&b->call, etag) && strcasecmp(etag, o->etag) == 0)))
		return RP_OK;
	if (b->st != RP_OK && b->call.status != 412 && b->call.status != 416)
		return b->st;
	b->why = (struct rp_error){ 0 };
	return rp_error_set(&b->why, RP_ERR_REMOTE,
	    "s3://%s/%.200s: was replaced while it was read", o->s3->bucket,
	    o->key);
}

static void
step(struct s3_object *o, struct block *b)
{
	if (b->st != RP_EMPTY)
		return;
	b->st = rp_s3_step(o->s3, &b->call, &b->why);
	if (b->st != RP_EMPTY)
		b->st = check_same(o, b);
}

/* Until it is there; the others go on meanwhile. */
static enum rp_status
await(struct s3_object *o, struct block *b, struct rp_error *err)
{
	enum rp_status st;

	for (;;) {
		step(o, b);
		for (size_t i = 0; i < o->n; i++)
			step(o, &o->block[(o->first + i) % BLOCKS]);
		if (b->st != RP_EMPTY)
			break;
		if ((st = rp_s3_go_on(o->s3, err)) != RP_OK)
			return st;
		(void)rp_http_wait(
		    o->s3->client, -1, b->call.http == NULL ? 10 : WAIT_SLICE);
	}
	return b->st == RP_OK ? RP_OK
			      : rp_error_set(err, b->st, "%s", b->why.text);
}

/* ---- what is fetched ahead ---- */

/* What is left of the first that ends behind what was read. */
static struct rp_s3_range *
next_extent(struct s3_object *o)
{
	struct rp_s3_range *e = (struct rp_s3_range *)o->extents.data;
	size_t n = o->extents.len / sizeof(*e);

	while (o->next < n && e[o->next].offset + e[o->next].len <= o->at)
		o->next++;
	if (o->next == n)
		return NULL;
	e += o->next;
	if (e->offset < o->at) {
		e->len -= o->at - e->offset;
		e->offset = o->at;
	}
	return e;
}

/* Leave behind what was read, and fetch on. */
static void
advance(struct s3_object *o, uint64_t offset)
{
	struct rp_s3_range *e;

	o->at = offset;
	while (o->n > 0) {
		struct block *b = &o->block[o->first];

		if (b->range.offset + b->range.len > offset)
			break;
		rp_s3_end(&b->call);
		o->first = (o->first + 1) % BLOCKS;
		o->n--;
	}
	while (o->n < BLOCKS && (e = next_extent(o)) != NULL) {
		struct block *b = &o->block[(o->first + o->n) % BLOCKS];
		size_t len = e->len < o->ahead ? (size_t)e->len : o->ahead;

		(void)!begin(o, b, e->offset, len);
		o->n++;
		if (o->ahead < BLOCK)
			o->ahead *= 2;
		e->offset += len;
		e->len -= len;
		o->next += e->len == 0;
	}
}

static struct block *
find(struct s3_object *o, uint64_t offset)
{
	for (size_t i = 0; i < o->n; i++) {
		struct block *b = &o->block[(o->first + i) % BLOCKS];

		if (offset >= b->range.offset &&
		    offset - b->range.offset < b->range.len)
			return b;
	}
	return NULL;
}

static bool
is_announced(const struct s3_object *o, uint64_t offset)
{
	const struct rp_s3_range *e =
	    (const struct rp_s3_range *)o->extents.data;

	for (size_t i = o->next; i < o->extents.len / sizeof(*e); i++)
		if (offset < e[i].offset + e[i].len)
			return offset >= e[i].offset;
	return false;
}

/* ---- reading ---- */

static size_t
copy_from(const struct block *b, void *p, size_t n, uint64_t offset)
{
	size_t from = (size_t)(offset - b->range.offset);
	size_t have = (size_t)b->range.len - from;

	if (n > have)
		n = have;
	memcpy(p, b->call.reply.body + from, n);
	return n;
}

static enum rp_status
read_alone(struct s3_object *o, void *p, size_t n, uint64_t offset, size_t *got,
    struct rp_error *err)
{
	struct block *b = &o->alone;
	enum rp_status st;

	(void)!begin(o, b, offset, n < BLOCK ? n : BLOCK);
	st = await(o, b, err);
	if (st == RP_OK)
		*got = copy_from(b, p, n, offset);
	rp_s3_end(&b->call);
	return st;
}

static enum rp_status
object_read(void *arg, void *p, size_t n, uint64_t offset, size_t *got,
    struct rp_error *err)
{
	struct s3_object *o = arg;
	struct block *b;
	enum rp_status st;

	*got = 0;
	if (offset >= o->size)
		return RP_OK;
	if (n > o->size - offset)
		n = (size_t)(o->size - offset);
	if (find(o, offset) != NULL || is_announced(o, offset))
		advance(o, offset);
	if ((b = find(o, offset)) == NULL)
		return read_alone(o, p, n, offset, got, err);
	if ((st = await(o, b, err)) == RP_OK)
		*got = copy_from(b, p, n, offset);
	return st;
}

/* Without memory it is fetched when it is asked for. */
static void
object_announce(void *arg, uint64_t offset, uint64_t len)
{
	struct s3_object *o = arg;
	struct rp_s3_range *e = (struct rp_s3_range *)o->extents.data;
	size_t n = o->extents.len / sizeof(*e);
	struct rp_s3_range new = { offset, len, o->size };
	uint64_t end;

	if (offset >= o->size || len == 0)
		return;
	if (len > o->size - offset)
		new.len = o->size - offset;
	end = offset + new.len;
	e += n > 0 ? n - 1 : 0;
	if (n > o->next && offset >= e->offset &&
	    offset <= e->offset + e->len + GAP) {
		if (end > e->offset + e->len)
			e->len = end - e->offset;
		return;
	}
	(void)!rp_buffer_add(&o->extents, &new, sizeof(new));
}

static void
object_close(void *arg)
{
	struct s3_object *o = arg;

	for (size_t i = 0; i < o->n; i++)
		rp_s3_end(&o->block[(o->first + i) % BLOCKS].call);
	rp_buffer_free(&o->extents);
	free(o->key);
	free(o);
}

enum rp_status
rp_s3_open(struct rp_store *s, const char *key, const struct rp_object *known,
    struct rp_readable *b, struct rp_error *err)
{
	static const struct rp_readable_kind kind = { object_read,
		object_announce, object_close };
	struct rp_object found;
	struct s3_object *o;
	enum rp_status st;

	if (known == NULL) {
		if ((st = rp_store_head(s, key, &found, err)) != RP_OK)
			return st;
		known = &found;
	}
	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->key = strdup(key)) == NULL) {
		free(o);
		return rp_error_no_memory(err);
	}
	o->s3 = (struct rp_s3 *)s;
	o->size = known->size;
	o->ahead = FIRST;
	memcpy(o->etag, known->etag, sizeof(o->etag));
	b->kind = &kind;
	b->arg = o;
	b->size = known->size;
	return RP_OK;
}
