/*
 * One input to one object. What begins as a stream is checked as one while its
 * bytes pass, and its first record gives the key what the template asks for;
 * all else are bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/packing.h"
#include "types/types.h"
#include "upload.h"

enum {
	PEEK = 4, /* bytes by which a stream is known */
	HELD_MOST = 64 << 20, /* before the first record */
	WAIT_SLICE = 200 /* ms after which we look whether to stop */
};

struct input {
	struct upload *u;
	const char *label, *part;
	int fd;
	uint64_t expected; /* bytes, or 0 */
	struct rp_put *put; /* once the key is known */
	char *key;
	bool planned; /* --dry-run: nothing is put */
	struct rp_packing packing;
	uint64_t records;
	uint64_t retries; /* of the store, before this input */
	/* of a stream */
	struct rp_reader *reader;
	struct rp_buffer held; /* read, and not put yet */
	enum rp_status copied; /* what became of holding it */
};

static struct rp_error *
error_of(const struct input *in)
{
	return &in->u->cli->error;
}

/* A signal came: told. */
static bool
stopped(const struct input *in)
{
	if (rp_cli_stopping())
		(void)rp_error_set(
		    error_of(in), RP_ERR_IO, "stopped by a signal");
	return rp_cli_stopping();
}

/* ---- the key ---- */

enum rp_status
expand_key(struct upload *u, const struct rp_path_values *values,
    const char *part, char **key)
{
	const struct rp_path_clock utc = { 0 };
	struct rp_buffer b = { 0 };
	enum rp_status st = RP_OK;

	*key = NULL;
	if (u->keys != NULL) {
		st = rp_template_expand(u->keys, &utc, values, &b);
		b.len -= st == RP_OK; /* without its NUL */
	}
	if (st == RP_OK && part != NULL)
		st = rp_buffer_add(&b, part, strlen(part));
	if (st == RP_OK)
		st = rp_buffer_add(&b, "", 1);
	if (st != RP_OK) {
		rp_buffer_free(&b);
		return rp_error_no_memory(&u->cli->error);
	}
	*key = (char *)b.data;
	return rp_key_check(*key, &u->cli->error);
}

/* The key is known: begin to put. */
static enum rp_status
begin(struct input *in, const struct rp_path_values *values)
{
	struct upload *u = in->u;
	struct rp_put_options opt = u->put;
	enum rp_status st = expand_key(u, values, in->part, &in->key);

	opt.size = u->level != 0 ? 0 : in->expected;
	if (st == RP_OK && u->o->dry_run)
		in->planned = true;
	else if (st == RP_OK)
		st = rp_put_begin(
		    &in->put, u->store, in->key, &opt, error_of(in));
	return st;
}

/* ---- bytes out ---- */

static enum rp_status
put(struct input *in, const void *data, size_t len)
{
	if (in->planned)
		return RP_OK;
	return rp_packing_write(&in->packing, in->put, data, len, error_of(in));
}

/* ---- a stream ---- */

static void
copy(void *arg, const void *p, size_t len)
{
	struct input *in = arg;

	if (in->copied == RP_OK)
		in->copied = in->held.len + len > HELD_MOST
		    ? RP_ERR_LIMIT
		    : rp_buffer_add(&in->held, p, len);
}

static enum rp_status
put_held(struct input *in)
{
	enum rp_status st = in->copied;

	if (st == RP_ERR_LIMIT)
		return rp_error_set(error_of(in), st,
		    "%s: no record in the first %d bytes", in->label,
		    HELD_MOST);
	if (st != RP_OK)
		return rp_error_no_memory(error_of(in));
	if (in->put == NULL && !in->planned)
		return RP_OK;
	st = put(in, in->held.data, in->held.len);
	in->held.len = 0;
	return st;
}

static void
set_name(
    const struct rp_frame *f, uint32_t index, const char **text, size_t *len)
{
	const struct rp_label *name = rp_frame_name(f, index);

	*text = name != NULL ? name->text : NULL;
	*len = name != NULL ? name->len : 0;
}

static enum rp_status
begin_by_record(struct input *in, struct rp_frame *f)
{
	const struct rp_record *rec;
	struct rp_path_values v = { 0 };
	enum rp_status st = rp_reader_rows(in->reader, f);
	char type[8];

	if (st != RP_OK)
		return st;
	rec = rp_frame_next(f, NULL);
	set_name(f, rec->symbol, &v.symbol, &v.symbol_len);
	set_name(f, rec->source, &v.source, &v.source_len);
	v.type = rp_type_name(rec->type, type);
	v.type_len = strlen(v.type);
	v.ts = rec->ts_recv;
	return begin(in, &v);
}

/* A key that asks for nothing can be had without a record. */
static enum rp_status
begin_without(struct input *in, const char *why)
{
	if (in->u->keys != NULL && rp_template_keys(in->u->keys) != 0)
		return rp_error_set(error_of(in), RP_ERR_USAGE,
		    "%s: the key asks for what a record has, and %s", in->label,
		    why);
	return begin(in, &(struct rp_path_values){ 0 });
}

static enum rp_status
one_frame(struct input *in, struct rp_frame *f)
{
	struct rp_counts *counts = &in->u->cli->counts;
	enum rp_status st = rp_reader_body(in->reader, f);

	if (st == RP_OK && f->head.kind == RP_DATA) {
		in->records += f->head.records;
		counts->records_in += f->head.records;
		if (in->key == NULL && f->head.records > 0)
			st = begin_by_record(in, f);
	}
	counts->bytes_in += f->size;
	rp_cli_progress(in->u->cli);
	return st == RP_OK ? put_held(in) : st;
}

/* rp_reader_on_wait: until there is more to read. */
static int
wait_for_more(void *arg)
{
	struct input *in = arg;

	if (in->put == NULL)
		return stopped(in) ? RP_READER_STOP : WAIT_SLICE;
	return rp_put_wait(in->put, in->fd, error_of(in)) == RP_OK
	    ? 0
	    : RP_READER_STOP;
}

static enum rp_status
stream(struct input *in, const uint8_t *peeked, size_t n)
{
	struct rp_frame f;
	enum rp_status st;

	in->reader = rp_reader_fd(in->fd, in->label);
	if (in->reader == NULL ||
	    rp_reader_unread(in->reader, peeked, n) != RP_OK)
		return rp_error_no_memory(error_of(in));
	copy(in, peeked, n);
	rp_reader_on_bytes(in->reader, copy, in);
	rp_reader_on_wait(in->reader, wait_for_more, in);
	while (!in->planned && (st = rp_reader_head(in->reader, &f)) == RP_OK)
		if ((st = one_frame(in, &f)) != RP_OK)
			break;
	if (in->planned)
		return RP_OK;
	if (st == RP_END) {
		st = in->key == NULL ? begin_without(in, "this stream has none")
				     : RP_OK;
		return st == RP_OK ? put_held(in) : st;
	}
	(void)rp_error_set(
	    error_of(in), st, "%s", rp_reader_error(in->reader)->text);
	return error_of(in)->status; /* of a signal, if that was first */
}

/* ---- bytes ---- */

static enum rp_status
bytes(struct input *in, const uint8_t *peeked, size_t n)
{
	uint8_t data[RP_IO_SIZE];
	enum rp_status st = begin_without(in, "this is no rp stream");
	ssize_t got = 1;

	if (st == RP_OK)
		st = put(in, peeked, n);
	in->u->cli->counts.bytes_in += n;
	while (st == RP_OK && !in->planned && got != 0) {
		st = rp_put_wait(in->put, in->fd, error_of(in));
		if (st != RP_OK)
			break;
		got = read(in->fd, data, sizeof(data));
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return rp_error_errno(error_of(in), "%s", in->label);
		if (got > 0) {
			st = put(in, data, (size_t)got);
			in->u->cli->counts.bytes_in += (uint64_t)got;
			rp_cli_progress(in->u->cli);
		}
	}
	return st;
}

/* ---- the input ---- */

/* As many bytes as tell a stream, or as there are. */
static enum rp_status
peek(struct input *in, uint8_t peeked[PEEK], size_t *n)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };
	ssize_t got = 1;

	for (*n = 0; *n < PEEK && got != 0;) {
		if (stopped(in))
			return RP_ERR_IO;
		if (poll(&p, 1, WAIT_SLICE) <= 0)
			continue;
		got = read(in->fd, peeked + *n, PEEK - *n);
		if (got > 0)
			*n += (size_t)got;
		else if (got < 0 && errno != EINTR && errno != EAGAIN)
			return rp_error_errno(error_of(in), "%s", in->label);
	}
	if (*n == 0 && !in->u->o->allow_empty && !in->u->o->stream &&
	    in->u->o->recursive == NULL)
		return rp_error_set(error_of(in), RP_ERR_TRUNCATED,
		    "%s: empty input: was its producer cut short? "
		    "(--allow-empty)",
		    in->label);
	return RP_OK;
}

static enum rp_status
copy_input(struct input *in)
{
	uint8_t peeked[PEEK];
	struct stat sb;
	enum rp_status st;
	size_t n;

	if (fstat(in->fd, &sb) == 0 && S_ISREG(sb.st_mode))
		in->expected = (uint64_t)sb.st_size;
	st = rp_packing_begin(&in->packing, in->u->level, error_of(in));
	if (st != RP_OK || (st = peek(in, peeked, &n)) != RP_OK)
		return st;
	st = in->u->o->stream || rp_head_is_begun(peeked, n)
	    ? stream(in, peeked, n)
	    : bytes(in, peeked, n);
	if (st == RP_OK && !in->planned)
		st = rp_packing_end(&in->packing, in->put, error_of(in));
	return st;
}

static enum rp_status
commit(struct input *in)
{
	struct rp_counts *counts = &in->u->cli->counts;
	struct rp_put_result result;
	enum rp_status st;

	if (in->planned)
		return report(in->u, PLANNED, in->key, NULL, 0);
	st = rp_put_commit(in->put, &result, error_of(in));
	if (st != RP_OK)
		return st;
	counts->records_out += in->records;
	counts->bytes_out += result.size;
	rp_cli_say(in->u->cli, "%s: %s", in->label, in->key);
	return report(in->u, UPLOADED, in->key, &result,
	    rp_store_retries(in->u->store) - in->retries);
}

static enum rp_status
finish(struct input *in, enum rp_status st)
{
	struct rp_error left = { 0 };

	if (st == RP_OK)
		st = commit(in);
	if (rp_put_free(in->put, &left) != RP_OK)
		rp_cli_warn(in->u->cli,
		    "%s (--abort-orphans removes what is left)", left.text);
	rp_reader_free(in->reader);
	rp_packing_free(&in->packing);
	rp_buffer_free(&in->held);
	free(in->key);
	return st;
}

static enum rp_status
upload_exec(struct input *in)
{
	struct rp_cli *cli = in->u->cli;
	struct rp_error cut = { 0 };
	struct pipeline p;
	enum rp_status st, ended;
	bool whole;

	if ((st = pipeline_start(&p, cli, in->u->o->exec)) == RP_OK) {
		in->fd = p.fd;
		in->label = "--exec";
		st = copy_input(in);
	}
	/* of input that was cut short the stage that failed is the reason */
	whole = (st == RP_OK && !in->planned) || st == RP_ERR_TRUNCATED;
	if (st == RP_ERR_TRUNCATED) {
		cut = cli->error;
		cli->error = (struct rp_error){ 0 };
	}
	ended = pipeline_end(&p, cli, whole);
	if (st == RP_ERR_TRUNCATED && ended == RP_OK)
		cli->error = cut;
	return finish(in, ended != RP_OK ? ended : st);
}

enum rp_status
upload_input(struct upload *u, const char *name, const char *part)
{
	struct input in = { .u = u,
		.fd = -1,
		.part = part,
		.retries = rp_store_retries(u->store) };
	enum rp_status st;

	if (name == NULL)
		return upload_exec(&in);
	if ((st = rp_cli_open(u->cli, name, &in.fd, &in.label)) == RP_OK)
		st = copy_input(&in);
	st = finish(&in, st);
	if (in.fd > STDIN_FILENO)
		close(in.fd);
	return st;
}
