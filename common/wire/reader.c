#include "wire/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"

struct rp_reader {
	int fd; /* -1: of no file */
	const struct rp_readable *far; /* bytes that are fetched; or NULL */
	char *name;
	bool memory; /* all of it is in buf */
	bool seekable, eof, follow, verify;
	bool from_start; /* offsets are those of the file */
	bool skipping; /* the last frame was: read no more than a head */
	int (*wait)(void *);
	void *wait_arg;
	void (*copy)(void *arg, const void *p, size_t len);
	void *copy_arg;

	struct rp_buffer buf; /* len: end of the bytes that were read */
	size_t at; /* start of the frame in hand, or of the next */
	size_t frame_size; /* of the frame in hand, 0: none */
	uint64_t offset; /* of at, in the input */
	uint64_t number; /* of the next frame */
	bool body_checked;

	struct rp_end section; /* as read so far */
	bool in_section, section_whole, any_end;
	struct rp_end last_end;
	uint32_t end_flags;

	struct rp_frame_scratch scratch;
	struct rp_error err;
};

static struct rp_reader *
reader_new(int fd, const char *name)
{
	struct rp_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->fd = fd;
	r->section_whole = true;
	if ((r->name = strdup(name)) == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

struct rp_reader *
rp_reader_fd(int fd, const char *name)
{
	struct rp_reader *r = reader_new(fd, name);
	struct stat sb;

	if (r == NULL)
		return NULL;
	r->seekable = fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) &&
	    lseek(fd, 0, SEEK_CUR) >= 0;
	r->from_start = r->seekable && lseek(fd, 0, SEEK_CUR) == 0;
	return r;
}

struct rp_reader *
rp_reader_open(const struct rp_readable *b, const char *name)
{
	struct rp_reader *r;

	if (b->kind == NULL)
		return lseek(b->fd, 0, SEEK_SET) == 0
		    ? rp_reader_fd(b->fd, name)
		    : NULL;
	if ((r = reader_new(-1, name)) == NULL)
		return NULL;
	r->far = b;
	r->seekable = true;
	return r;
}

struct rp_reader *
rp_reader_memory(const void *p, size_t len, const char *name)
{
	struct rp_reader *r = reader_new(-1, name);

	if (r == NULL)
		return NULL;
	/* a copy: frames are used in place and must be aligned */
	if (rp_buffer_add(&r->buf, p, len) != RP_OK) {
		rp_reader_free(r);
		return NULL;
	}
	r->memory = r->eof = true;
	return r;
}

void
rp_reader_free(struct rp_reader *r)
{
	if (r == NULL)
		return;
	rp_frame_scratch_free(&r->scratch);
	rp_buffer_free(&r->buf);
	free(r->name);
	free(r);
}

enum rp_status
rp_reader_unread(struct rp_reader *r, const void *p, size_t len)
{
	return rp_buffer_add(&r->buf, p, len);
}

void
rp_reader_on_bytes(struct rp_reader *r,
    void (*fn)(void *arg, const void *p, size_t len), void *arg)
{
	r->copy = fn;
	r->copy_arg = arg;
}

void
rp_reader_on_wait(struct rp_reader *r, int (*wait)(void *), void *arg)
{
	r->wait = wait;
	r->wait_arg = arg;
}

void
rp_reader_follow(struct rp_reader *r, bool on)
{
	r->follow = on;
	r->eof = r->memory; /* there may be more by now */
}

void
rp_reader_verify_sums(struct rp_reader *r, bool on)
{
	r->verify = on;
}

const struct rp_end *
rp_reader_section(const struct rp_reader *r)
{
	return &r->section;
}

const struct rp_end *
rp_reader_end(const struct rp_reader *r)
{
	return &r->last_end;
}

uint32_t
rp_reader_end_flags(const struct rp_reader *r)
{
	return r->end_flags;
}

uint64_t
rp_reader_offset(const struct rp_reader *r)
{
	return r->offset + r->frame_size;
}

const struct rp_error *
rp_reader_error(const struct rp_reader *r)
{
	return &r->err;
}

/* Name the place of the error that was just set. */
static enum rp_status
fail(struct rp_reader *r)
{
	rp_error_prefix(&r->err, "%s: frame %" PRIu64 " at byte %" PRIu64,
	    r->name, r->number, r->offset);
	return r->err.status;
}

static enum rp_status
fail_with(struct rp_reader *r, enum rp_status st, const char *why)
{
	(void)rp_error_set(&r->err, st, "%s", why);
	return fail(r);
}

static enum rp_status
truncated(struct rp_reader *r)
{
	if (r->offset == 0 && r->buf.len == r->at)
		return rp_error_set(&r->err, RP_ERR_TRUNCATED,
		    "%s: empty input: a stream ends with an END frame",
		    r->name);
	return rp_error_set(&r->err, RP_ERR_TRUNCATED,
	    "%s: truncated: input ends %s frame %" PRIu64 " at byte %" PRIu64
	    ", without END",
	    r->name, r->buf.len > r->at ? "inside" : "before", r->number,
	    r->offset);
}

/* ---- bytes ---- */

/* Give the caller its chance to flush before a read that would block. False:
 * it wants no more. */
static bool
await(struct rp_reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	int ms;

	if (r->wait == NULL || r->seekable || poll(&p, 1, 0) != 0)
		return true;
	while ((ms = r->wait(r->wait_arg)) >= 0)
		if (poll(&p, 1, ms) > 0)
			return true;
	return ms != RP_READER_STOP;
}

/* What lies at n bytes behind buf.len, or some of it. */
static enum rp_status
fetch_some(struct rp_reader *r, size_t n)
{
	uint64_t offset = r->offset + (r->buf.len - r->at);
	size_t got;
	enum rp_status st = r->far->kind->read(
	    r->far->arg, r->buf.data + r->buf.len, n, offset, &got, &r->err);

	if (st != RP_OK)
		return st;
	r->buf.len += got;
	r->eof = got == 0;
	return RP_OK;
}

/* Read once, up to n bytes behind buf.len. */
static enum rp_status
read_some(struct rp_reader *r, size_t n)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	ssize_t got;

	if (r->far != NULL)
		return fetch_some(r, n);
	if (!await(r)) {
		r->eof = true;
		return RP_OK;
	}
	while ((got = read(r->fd, r->buf.data + r->buf.len, n)) < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			(void)poll(&p, 1, -1);
		else if (errno != EINTR)
			return rp_error_errno(&r->err, "%s", r->name);
	}
	if (r->copy != NULL)
		r->copy(r->copy_arg, r->buf.data + r->buf.len, (size_t)got);
	r->buf.len += (size_t)got;
	r->eof = got == 0;
	return RP_OK;
}

/* What is read comes in behind what is there, and the kernel copies twice as
 * fast to where a line of the cache begins. */
#define ALIGN 64

/* Make room for a frame of size bytes at r->at, so that it need not move. */
static enum rp_status
make_room(struct rp_reader *r, size_t size)
{
	size_t want = size + RP_IO_SIZE, have, to;

	if (r->memory || r->at + want <= r->buf.cap)
		return RP_OK;
	if (rp_buffer_reserve(&r->buf, want + ALIGN) != RP_OK)
		return fail_with(r, RP_ERR_NOMEM, "out of memory");
	have = r->buf.len - r->at;
	to = (0 - ((uintptr_t)r->buf.data + have)) % ALIGN / 8 * 8;
	memmove(r->buf.data + to, r->buf.data + r->at, have);
	r->at = to;
	r->buf.len = to + have;
	return RP_OK;
}

/* How many bytes it is good to have at r->at, where a frame of frame bytes (0:
 * not known) begins: a large one and the next header, so that hardly anything
 * of the next has to be moved. */
static size_t
read_ahead(const struct rp_reader *r, size_t frame)
{
	if (r->skipping)
		return RP_SCAN_SIZE;
	return frame < RP_IO_SIZE / 2 ? RP_IO_SIZE : frame + RP_FRAME_HEAD;
}

/* Have at least size bytes at r->at, where a frame of frame bytes begins.
 * RP_EMPTY: the input ends before. */
static enum rp_status
fill(struct rp_reader *r, size_t size, size_t frame)
{
	size_t want = read_ahead(r, frame);
	enum rp_status st;

	if (r->follow)
		r->eof = false;
	if (want < size)
		want = size;
	if (want > r->buf.cap - r->at)
		want = r->buf.cap - r->at;
	while (r->buf.len - r->at < size) {
		if (r->eof)
			return RP_EMPTY;
		if ((st = read_some(r, want - (r->buf.len - r->at))) != RP_OK)
			return st;
	}
	return RP_OK;
}

/* Move the file's position, which what is fetched has none of. */
static enum rp_status
move(struct rp_reader *r, off_t by, int whence)
{
	if (r->far != NULL || lseek(r->fd, by, whence) >= 0)
		return RP_OK;
	return rp_error_errno(&r->err, "%s: seek", r->name);
}

/* Whether the input has so many bytes. */
static bool
reaches(const struct rp_reader *r, uint64_t size)
{
	struct stat sb;

	if (r->far != NULL)
		return r->far->size >= size;
	return fstat(r->fd, &sb) == 0 && (uint64_t)sb.st_size >= size;
}

/* Leave the frame in hand behind, by seeking where that saves reading. */
static enum rp_status
leave_frame(struct rp_reader *r)
{
	size_t have = r->buf.len - r->at;
	enum rp_status st;

	if (r->frame_size > have && r->seekable &&
	    reaches(r, r->offset + r->frame_size)) {
		st = move(r, (off_t)(r->frame_size - have), SEEK_CUR);
		if (st != RP_OK)
			return st;
		r->buf.len = r->at = 0;
		r->skipping = true;
	} else {
		if ((st = fill(r, r->frame_size, r->frame_size)) != RP_OK)
			return st == RP_EMPTY ? truncated(r) : st;
		r->at += r->frame_size;
	}
	r->offset += r->frame_size;
	r->frame_size = 0;
	r->number++;
	if (r->at == r->buf.len)
		r->at = r->buf.len = r->memory ? r->at : 0;
	return RP_OK;
}

/* ---- sections ---- */

static enum rp_status
end_section(struct rp_reader *r, const struct rp_frame *f)
{
	const struct rp_end *a = &r->section, *b = &f->end;

	if (r->section_whole &&
	    (a->records != b->records || a->data_frames != b->data_frames ||
		a->raw_bytes != b->raw_bytes))
		return fail_with(r, RP_ERR_CORRUPT,
		    "END counts other frames or records than came");
	if (r->section_whole && a->rec_sum != b->rec_sum)
		return fail_with(
		    r, RP_ERR_CORRUPT, "END states another sum of the records");
	if (r->section_whole && a->frame_chain != b->frame_chain)
		return fail_with(r, RP_ERR_CORRUPT,
		    "END states another chain of frames: one is missing, "
		    "doubled or out of place");
	r->last_end = f->end;
	r->end_flags |= f->end.flags;
	r->any_end = true;
	r->in_section = false;
	r->section_whole = true;
	r->section = (struct rp_end){ 0 };
	return RP_OK;
}

static void
count_frame(struct rp_reader *r, const struct rp_frame *f)
{
	struct rp_end *s = &r->section;

	r->in_section = true;
	s->frame_chain = rp_chain(s->frame_chain, f->head.head_hash);
	if (f->head.kind != RP_DATA)
		return;
	s->records += f->head.records;
	s->rec_sum += f->head.rec_sum;
	s->data_frames++;
	s->raw_bytes += f->head.raw_len;
}

/* ---- frames ---- */

/* The body of a frame that is not DATA. */
static enum rp_status
other_frame(struct rp_reader *r, struct rp_frame *f)
{
	enum rp_status st;

	if ((st = rp_reader_body(r, f)) != RP_OK)
		return st;
	f->text = (const char *)f->stored + f->head.head_len + f->head.dir_len;
	f->text_len = f->head.body_len;
	if (f->head.kind == RP_END_FRAME) {
		if (rp_end_decode(&f->end, (const uint8_t *)f->text, &r->err) !=
		    RP_OK)
			return fail(r);
		return end_section(r, f);
	}
	if (f->head.kind == RP_ABORT) {
		(void)rp_error_set(&r->err, RP_ERR_ABORTED,
		    "%s: the producer gave up: %.*s", r->name,
		    (int)(f->text_len < 300 ? f->text_len : 300), f->text);
		return RP_ERR_ABORTED;
	}
	count_frame(r, f);
	return RP_OK;
}

/*
 * End of input at a frame boundary or inside a frame. A follower forgets what
 * it has of that frame: recovery may cut it off and write something else.
 */
static enum rp_status
end_of_input(struct rp_reader *r)
{
	enum rp_status st;

	if (r->follow && !r->memory && r->buf.len > r->at) {
		st = move(r, -(off_t)(r->buf.len - r->at), SEEK_CUR);
		if (st != RP_OK)
			return st;
		r->buf.len = r->at;
	}
	if (r->follow)
		return RP_EMPTY;
	if (r->buf.len > r->at || !r->any_end || r->in_section ||
	    (r->last_end.flags & RP_END_MORE))
		return truncated(r);
	return RP_END;
}

/* Header and directory of whatever comes next. */
static enum rp_status
any_head(struct rp_reader *r, struct rp_frame *f)
{
	size_t need = RP_FRAME_HEAD;
	enum rp_status st;

	if (r->frame_size != 0 && (st = leave_frame(r)) != RP_OK)
		return st;
	if ((st = make_room(r, RP_FRAME_HEAD_MAX)) != RP_OK)
		return st;
	do {
		/* four bytes that are not ours are told from a short header */
		if ((st = fill(r, need, 0)) == RP_EMPTY && !r->follow &&
		    r->buf.len - r->at >= 4 &&
		    memcmp(r->buf.data + r->at, "\x89RP1", 4) != 0)
			st = RP_OK;
		if (st != RP_OK)
			return st == RP_EMPTY ? end_of_input(r) : st;
		st = rp_head_decode(
		    &f->head, r->buf.data + r->at, r->buf.len - r->at, &r->err);
		if (st == RP_EMPTY)
			need = f->head.head_len;
	} while (st == RP_EMPTY);
	if (st != RP_OK)
		return fail(r);
	f->size = rp_head_size(&f->head);
	f->offset = r->offset;
	f->number = r->number;
	if ((st = make_room(r, f->size)) != RP_OK)
		return st;
	need = r->follow ? f->size : f->head.head_len + f->head.dir_len;
	if ((st = fill(r, need, f->size)) != RP_OK)
		return st == RP_EMPTY ? end_of_input(r) : st;
	r->frame_size = f->size;
	r->body_checked = false;
	if (f->head.kind != RP_DATA)
		return other_frame(r, f);
	st = rp_dir_decode(
	    f, r->buf.data + r->at + f->head.head_len, &r->scratch, &r->err);
	if (st != RP_OK)
		return fail(r);
	count_frame(r, f);
	return RP_OK;
}

enum rp_status
rp_reader_head(struct rp_reader *r, struct rp_frame *f)
{
	enum rp_status st;

	if (r->err.status != RP_OK)
		return r->err.status;
	do {
		*f = (struct rp_frame){ 0 };
		st = any_head(r, f);
	} while (st == RP_OK && f->head.kind >= 64 && f->head.kind < 128 &&
	    f->head.kind != RP_MARK);
	return st;
}

enum rp_status
rp_reader_body(struct rp_reader *r, struct rp_frame *f)
{
	const uint8_t *body;
	enum rp_status st;

	if (r->err.status != RP_OK)
		return r->err.status;
	if (r->body_checked)
		return RP_OK;
	r->skipping = false;
	if ((st = fill(r, f->size, f->size)) != RP_OK)
		return st == RP_EMPTY ? truncated(r) : st;
	f->stored = r->buf.data + r->at;
	f->file = r->from_start ? r->fd + 1 : 0;
	body = f->stored + f->head.head_len + f->head.dir_len;
	if (rp_hash(body, f->head.body_len) != f->head.body_hash)
		return fail_with(
		    r, RP_ERR_CORRUPT, "checksum mismatch in the body");
	for (size_t i = f->head.body_len; i < rp_align8(f->head.body_len); i++)
		if (body[i] != 0)
			return fail_with(
			    r, RP_ERR_CORRUPT, "padding is not zero");
	r->body_checked = true;
	return RP_OK;
}

enum rp_status
rp_reader_rows(struct rp_reader *r, struct rp_frame *f)
{
	enum rp_status st;

	if ((st = rp_reader_body(r, f)) != RP_OK || f->head.kind != RP_DATA ||
	    f->rows != NULL)
		return st;
	st = rp_body_decode(f, f->stored + f->head.head_len + f->head.dir_len,
	    r->verify, &r->scratch, &r->err);
	return st == RP_OK ? RP_OK : fail(r);
}

enum rp_status
rp_reader_next(struct rp_reader *r, struct rp_frame *f)
{
	enum rp_status st = rp_reader_head(r, f);

	return st == RP_OK ? rp_reader_rows(r, f) : st;
}

enum rp_status
rp_reader_seek(struct rp_reader *r, uint64_t offset)
{
	if (r->err.status != RP_OK)
		return r->err.status;
	if (move(r, (off_t)offset, SEEK_SET) != RP_OK)
		return r->err.status;
	r->at = r->buf.len = r->frame_size = 0;
	r->eof = false;
	r->offset = offset;
	r->section_whole = false;
	return RP_OK;
}
