/*
 * A put of unknown length. Bytes are gathered into parts, in memory or, if
 * they are large, in a file without a name; full ones are sent side by side
 * while the next is gathered. What stays below the threshold is put in one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32.h"
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
	uint32_t crc; /* of what is there, CRC-32C, */
	struct rp_digest md5; /* and unless that will do */
	uint8_t sum[RP_MD5_SIZE];
	char query[RP_S3_PART_QUERY], crc_text[RP_S3_CRC];
	struct rp_s3_call call;
};

struct s3_put {
	struct rp_put base;
	struct rp_s3_upload upload;
	uint32_t begun; /* parts */
	struct part *gathering; /* or NULL */
	struct rp_buffer sent; /* struct rp_s3_part of each, by number */
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

static struct rp_s3_part *
sent(const struct s3_put *p, const struct part *part)
{
	return (struct rp_s3_part *)p->sent.data + part->number;
}

static void
arrived(struct s3_put *p, struct part *part)
{
	memcpy(sent(p, part)->etag, part->call.etag, RP_ETAG_ROOM);
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

	if (p->upload.id[0] != '\0')
		return RP_OK;
	if (p->base.opt.no_clobber)
		st = rp_s3_probe(s3_of(p), p->base.key, true, err);
	return st != RP_OK ? st
			   : rp_s3_upload_create(s3_of(p), p->base.key,
				 &p->base.opt, &p->upload, err);
}

/* Room for what is known of a part; its CRC, if the server checks that. */
static enum rp_status
keep_part(struct s3_put *p, const struct part *part, struct rp_error *err)
{
	struct rp_s3_part one = { 0 };
	const uint8_t crc[4] = { (uint8_t)(part->crc >> 24),
		(uint8_t)(part->crc >> 16), (uint8_t)(part->crc >> 8),
		(uint8_t)part->crc };

	if (p->upload.crcs)
		rp_base64(one.crc, crc, sizeof(crc));
	return rp_buffer_add(&p->sent, &one, sizeof(one)) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(err);
}

/* Send what was gathered as a part. */
static enum rp_status
send_part(struct s3_put *p, struct rp_error *err)
{
	struct part *part = p->gathering;
	struct rp_s3 *s3 = s3_of(p);
	enum rp_status st;

	if (!p->upload.crcs)
		rp_digest_end(&part->md5, part->sum);
	if ((st = open_upload(p, err)) != RP_OK ||
	    (st = rp_s3_part_query(part->query, sizeof(part->query),
		 part->number + 1, p->upload.id, err)) != RP_OK ||
	    (st = keep_part(p, part, err)) != RP_OK)
		return st;
	part->call = (struct rp_s3_call){ .method = "PUT",
		.key = p->base.key,
		.query = part->query,
		.body = part->fd < 0 ? part->memory.data : NULL,
		.body_fd = part->fd,
		.body_len = part->len,
		.md5 = p->upload.crcs ? NULL : part->sum,
		.send_md5 = p->upload.opaque,
		.rate = s3->opt.rate / (uint64_t)s3->opt.parallel };
	if (s3->opt.rate != 0 && part->call.rate == 0)
		part->call.rate = 1;
	if (p->upload.crcs) {
		memcpy(part->crc_text, sent(p, part)->crc, RP_S3_CRC);
		part->call.crc = part->crc_text;
	}
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
	if (st == RP_OK && !p->upload.crcs)
		st = rp_digest_begin(&part->md5, RP_MD5, err);
	if (st != RP_OK)
		return st;
	part->size = size;
	part->crc = 0;
	part->number = p->begun++;
	part->state = GATHERING;
	p->gathering = part;
	return RP_OK;
}

static enum rp_status
gather(struct s3_put *p, const uint8_t *data, size_t len, struct rp_error *err)
{
	struct part *part = p->gathering;

	part->crc = rp_crc32c(part->crc, data, len);
	if (!p->upload.crcs)
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

/* The ETag of the whole by those of its parts; "" if these are no sums. */
static enum rp_status
whole_etag(const struct s3_put *p, char want[static RP_ETAG_ROOM],
    struct rp_error *err)
{
	const struct rp_s3_part *parts =
	    (const struct rp_s3_part *)p->sent.data;
	struct rp_buffer sums = { 0 };
	uint8_t sum[RP_MD5_SIZE];
	enum rp_status st = RP_OK;

	want[0] = '\0';
	for (uint32_t i = 0; i < p->begun && st == RP_OK; i++) {
		if (!rp_unhex(sum, parts[i].etag, sizeof(sum))) {
			rp_buffer_free(&sums);
			return RP_OK;
		}
		if (rp_buffer_add(&sums, sum, sizeof(sum)) != RP_OK)
			st = rp_error_no_memory(err);
	}
	if (st == RP_OK)
		st = rp_etag_of_parts(want, sums.data, p->begun, err);
	rp_buffer_free(&sums);
	return st;
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
		st = whole_etag(p, want, err);
	if (st != RP_OK)
		return st;
	result->parts = p->begun;
	return rp_s3_upload_complete(s3_of(p), p->base.key, &p->upload,
	    (const struct rp_s3_part *)p->sent.data, p->begun,
	    p->upload.opaque || want[0] == '\0' ? NULL : want,
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
	if (!committed && p->upload.id[0] != '\0')
		st = rp_s3_upload_abort(
		    s3_of(p), p->base.key, p->upload.id, err);
	rp_buffer_free(&p->sent);
	free(p);
	return st;
}
