/*
 * A put of unknown length. Bytes are gathered into parts, in memory or, if
 * they are large, in a file without a name; full ones are sent side by side
 * while the next is gathered. What stays below the threshold is put in one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/s3.h"

enum { WAIT_SLICE = 200 }; /* ms after which we look whether to stop */

/* Bytes of parts in memory, those that are sent and the one gathered. */
#define MEMORY_MOST (48 * RP_MEBIBYTE)

enum part_state { FREE, GATHERING, SENDING };

struct part {
	enum part_state state;
	struct rp_buffer memory; /* kept from part to part */
	int fd; /* spooled; -1: in memory */
	uint64_t len, size; /* bytes there are, and will be */
	uint32_t number; /* from 0 */
	struct rp_digest md5; /* of what is there */
	uint8_t sum[RP_MD5_SIZE];
	char query[RP_S3_PART_QUERY];
	struct rp_s3_call call;
};

struct s3_put {
	struct rp_put base;
	char id[RP_S3_UPLOAD_ID]; /* of the multipart upload, or "" */
	bool opaque; /* its ETags are no sums */
	uint32_t begun; /* parts */
	struct part *gathering; /* or NULL */
	struct rp_buffer sums; /* of the parts, by number */
	struct rp_buffer etags; /* RP_ETAG_ROOM bytes each */
	size_t n;
	struct part parts[];
};

static struct rp_s3 *
s3_of(const struct s3_put *p)
{
	return (struct rp_s3 *)p->base.store;
}

/* ---- parts under way ---- */

static void
release(struct part *part)
{
	rp_s3_end(&part->call);
	if (part->fd >= 0)
		close(part->fd);
	part->fd = -1;
	part->memory.len = 0;
	part->len = 0;
	part->state = FREE;
}

static void
arrived(struct s3_put *p, struct part *part)
{
	memcpy((char *)p->etags.data + (size_t)part->number * RP_ETAG_ROOM,
	    part->call.etag, RP_ETAG_ROOM);
	release(part);
}

/* Go on with all of them, without waiting. */
static enum rp_status
step(struct s3_put *p, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < p->n && st == RP_OK; i++) {
		struct part *part = &p->parts[i];

		if (part->state != SENDING)
			continue;
		st = rp_s3_step(s3_of(p), &part->call, err);
		if (st == RP_OK)
			arrived(p, part);
		else if (st == RP_EMPTY)
			st = RP_OK;
		else
			rp_error_prefix(err, "part %u", part->number + 1);
	}
	return st == RP_OK ? rp_s3_go_on(s3_of(p), err) : st;
}

static size_t
under_way(const struct s3_put *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->parts[i].state == SENDING;
	return n;
}

/* ms until one that waits for its next attempt may begin. */
static int
patience(const struct s3_put *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].state == SENDING &&
		    p->parts[i].call.http == NULL)
			return 10;
	return WAIT_SLICE;
}

/* Until at most so many are under way. */
static enum rp_status
drain(struct s3_put *p, size_t most, struct rp_error *err)
{
	enum rp_status st;

	while ((st = step(p, err)) == RP_OK && under_way(p) > most)
		(void)rp_http_wait(s3_of(p)->client, -1, patience(p));
	return st;
}

enum rp_status
rp_s3_put_wait(struct rp_put *put, int fd, struct rp_error *err)
{
	struct s3_put *p = (struct s3_put *)put;
	enum rp_status st;

	while ((st = step(p, err)) == RP_OK &&
	    !rp_http_wait(s3_of(p)->client, fd, patience(p)))
		;
	return st;
}

/* ---- sending ---- */

static enum rp_status
open_upload(struct s3_put *p, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	if (p->id[0] != '\0')
		return RP_OK;
	if (p->base.opt.no_clobber)
		st = rp_s3_probe(s3_of(p), p->base.key, true, err);
	return st != RP_OK ? st
			   : rp_s3_upload_create(s3_of(p), p->base.key,
				 &p->base.opt, p->id, &p->opaque, err);
}

static enum rp_status
keep_sum(struct s3_put *p, const struct part *part, struct rp_error *err)
{
	size_t n = (size_t)part->number + 1;

	if (rp_buffer_add(&p->sums, part->sum, sizeof(part->sum)) != RP_OK ||
	    rp_buffer_reserve(&p->etags, n * RP_ETAG_ROOM) != RP_OK)
		return rp_error_no_memory(err);
	p->etags.len = n * RP_ETAG_ROOM;
	return RP_OK;
}

/* Send what was gathered as a part. */
static enum rp_status
send_part(struct s3_put *p, struct rp_error *err)
{
	struct part *part = p->gathering;
	struct rp_s3 *s3 = s3_of(p);
	enum rp_status st;

	rp_digest_end(&part->md5, part->sum);
	if ((st = open_upload(p, err)) != RP_OK ||
	    (st = rp_s3_part_query(part->query, sizeof(part->query),
		 part->number + 1, p->id, err)) != RP_OK ||
	    (st = keep_sum(p, part, err)) != RP_OK)
		return st;
	part->call = (struct rp_s3_call){ .method = "PUT",
		.key = p->base.key,
		.query = part->query,
		.body = part->fd < 0 ? part->memory.data : NULL,
		.body_fd = part->fd,
		.body_len = part->len,
		.md5 = part->sum,
		.send_md5 = p->opaque,
		.rate = s3->opt.rate / (uint64_t)s3->opt.parallel };
	if (s3->opt.rate != 0 && part->call.rate == 0)
		part->call.rate = 1;
	part->state = SENDING;
	p->gathering = NULL;
	return step(p, err);
}

/* ---- gathering ---- */

/* One that is free, once memory allows for it. */
static enum rp_status
free_part(
    struct s3_put *p, uint64_t size, struct part **part, struct rp_error *err)
{
	size_t most = (size_t)s3_of(p)->opt.parallel;
	enum rp_status st;

	if (size <= RP_PART_MEMORY && most > MEMORY_MOST / size - 1)
		most = (size_t)(MEMORY_MOST / size - 1);
	if ((st = drain(p, most, err)) != RP_OK)
		return st;
	for (*part = p->parts; (*part)->state != FREE; (*part)++)
		;
	return RP_OK;
}

static enum rp_status
begin_part(struct s3_put *p, struct rp_error *err)
{
	const struct rp_s3 *s3 = s3_of(p);
	uint64_t size =
	    rp_part_size(&s3->opt.sizes, p->begun, p->base.opt.size);
	struct part *part;
	enum rp_status st;

	if (p->begun == RP_PARTS_MOST)
		return rp_error_set(err, RP_ERR_LIMIT,
		    "%s: %d parts are not enough for it", p->base.key,
		    RP_PARTS_MOST);
	if ((st = free_part(p, size, &part, err)) != RP_OK)
		return st;
	if (size > RP_PART_MEMORY) {
		rp_buffer_free(&part->memory);
		st = rp_file_temporary(s3->opt.spool, &part->fd, err);
	} else if (rp_buffer_reserve(&part->memory, (size_t)size) != RP_OK) {
		st = rp_error_no_memory(err);
	}
	if (st == RP_OK)
		st = rp_digest_begin(&part->md5, RP_MD5, err);
	if (st != RP_OK)
		return st;
	part->size = size;
	part->number = p->begun++;
	part->state = GATHERING;
	p->gathering = part;
	return RP_OK;
}

static enum rp_status
gather(struct s3_put *p, const uint8_t *data, size_t len, struct rp_error *err)
{
	struct part *part = p->gathering;

	rp_digest_add(&part->md5, data, len);
	part->len += len;
	if (part->fd >= 0)
		return rp_file_write(
		    part->fd, data, len, s3_of(p)->opt.spool, err);
	return rp_buffer_add(&part->memory, data, len) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(err);
}

/* A full part is sent once there is more: the last one decides at its end. */
enum rp_status
rp_s3_put_write(
    struct rp_put *put, const void *data, size_t len, struct rp_error *err)
{
	struct s3_put *p = (struct s3_put *)put;
	const uint8_t *from = data;
	enum rp_status st = RP_OK;

	while (len > 0 && st == RP_OK) {
		uint64_t room;
		size_t n;

		if (p->gathering != NULL &&
		    p->gathering->len == p->gathering->size)
			st = send_part(p, err);
		if (st == RP_OK && p->gathering == NULL)
			st = begin_part(p, err);
		if (st != RP_OK)
			break;
		room = p->gathering->size - p->gathering->len;
		n = len < room ? len : (size_t)room;
		st = gather(p, from, n, err);
		from += n;
		len -= n;
	}
	return st == RP_OK ? step(p, err) : st;
}

/* ---- the ends ---- */

enum rp_status
rp_s3_put_begin(struct rp_put **put, struct rp_store *s, const char *key,
    const struct rp_put_options *opt, struct rp_error *err)
{
	struct rp_s3 *s3 = (struct rp_s3 *)s;
	size_t n = (size_t)s3->opt.parallel + 1;
	struct s3_put *p;
	enum rp_status st;

	if (opt->no_clobber && (st = rp_s3_probe(s3, key, false, err)) != RP_OK)
		return st;
	p = calloc(1, sizeof(*p) + n * sizeof(p->parts[0]));
	if (p == NULL)
		return rp_error_no_memory(err);
	p->n = n;
	for (size_t i = 0; i < n; i++)
		p->parts[i].fd = -1;
	*put = &p->base;
	return RP_OK;
}

static enum rp_status
commit_whole(
    struct s3_put *p, struct rp_put_result *result, struct rp_error *err)
{
	struct part *part = p->gathering;

	rp_digest_end(&part->md5, part->sum);
	return rp_s3_put_whole(s3_of(p), p->base.key, &p->base.opt,
	    part->fd < 0 ? part->memory.data : NULL, part->fd, part->len,
	    part->sum, result->etag, err);
}

static enum rp_status
commit_parts(
    struct s3_put *p, struct rp_put_result *result, struct rp_error *err)
{
	char want[RP_ETAG_ROOM];
	enum rp_status st = send_part(p, err);

	if (st == RP_OK)
		st = drain(p, 0, err);
	if (st == RP_OK)
		st = rp_etag_of_parts(want, p->sums.data, p->begun, err);
	if (st != RP_OK)
		return st;
	result->parts = p->begun;
	return rp_s3_upload_complete(s3_of(p), p->base.key, p->id,
	    (const char *)p->etags.data, p->begun, p->opaque ? NULL : want,
	    p->base.opt.no_clobber, result->etag, err);
}

enum rp_status
rp_s3_put_commit(
    struct rp_put *put, struct rp_put_result *result, struct rp_error *err)
{
	struct s3_put *p = (struct s3_put *)put;
	const struct rp_s3 *s3 = s3_of(p);
	bool whole = p->base.size < s3->opt.sizes.threshold;
	enum rp_status st = RP_OK;

	if (p->gathering == NULL) /* it is empty */
		st = begin_part(p, err);
	if (st != RP_OK)
		return st;
	return p->base.size == 0 || whole ? commit_whole(p, result, err)
					  : commit_parts(p, result, err);
}

enum rp_status
rp_s3_put_end(struct rp_put *put, bool committed, struct rp_error *err)
{
	struct s3_put *p = (struct s3_put *)put;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < p->n; i++) {
		release(&p->parts[i]);
		rp_buffer_free(&p->parts[i].memory);
		rp_digest_free(&p->parts[i].md5);
	}
	if (!committed && p->id[0] != '\0')
		st = rp_s3_upload_abort(s3_of(p), p->base.key, p->id, err);
	rp_buffer_free(&p->sums);
	rp_buffer_free(&p->etags);
	free(p);
	return st;
}
