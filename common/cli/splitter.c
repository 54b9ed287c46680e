#include "cli/splitter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/private.h"
#include "cli/routes.h"
#include "types/types.h"

/* A path but for {part}, and the file that is being written. */
struct output {
	struct rp_split_file *file; /* NULL: the next record begins one */
	struct rp_route_key key; /* of its first record */
	uint64_t part;
	struct rp_end end; /* of the file so far */
	uint64_t records; /* of the file, with those in rows */
	int64_t bucket; /* --time: its number */
	struct rp_buffer rows; /* records in hand */
};

struct rp_splitter {
	struct rp_cli *cli;
	struct rp_splitter_options opt;
	struct rp_parts *parts;

	struct rp_roster names;
	struct rp_frame frame; /* that records in hand are of */
	struct rp_routes *routes;
	struct rp_buffer text; /* a path being made */

	struct output **outputs;
	size_t n_outputs;
	struct rp_split_file **files;
	size_t n_files;

	struct rp_writer *w; /* for all of them, into: */
	struct rp_buffer bytes;
	struct output *writing;
	size_t in_hand; /* bytes of rows of all outputs */
	struct rp_buffer notes; /* of the input, as frames of their own */
	bool thinned;
};

/* The writer has a frame ready: it is of the file that is being written. */
static void
on_frame(void *arg, const struct rp_frame *f)
{
	struct rp_splitter *s = arg;
	struct rp_end *end;

	if (s->writing == NULL)
		return;
	end = &s->writing->end;
	end->frame_chain = rp_chain(end->frame_chain, f->head.head_hash);
	if (f->head.kind != RP_DATA)
		return;
	end->records += f->head.records;
	end->rec_sum += f->head.rec_sum;
	end->raw_bytes += f->head.raw_len;
	end->data_frames++;
}

enum rp_status
rp_splitter_new(struct rp_splitter **out, struct rp_cli *cli,
    const struct rp_splitter_options *opt, struct rp_parts *parts)
{
	struct rp_splitter *s = calloc(1, sizeof(*s));

	if ((*out = s) == NULL)
		return rp_error_no_memory(&cli->error);
	s->cli = cli;
	s->opt = *opt;
	s->parts = parts;
	s->routes = rp_routes_new(opt->paths, &opt->clock);
	s->w = rp_writer_memory(&s->bytes, &s->opt.writer);
	if (s->routes == NULL || s->w == NULL)
		return rp_error_no_memory(&s->cli->error);
	rp_writer_on_frame(s->w, on_frame, s);
	return RP_OK;
}

void
rp_splitter_free(struct rp_splitter *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_outputs; i++) {
		rp_buffer_free(&s->outputs[i]->rows);
		free(s->outputs[i]);
	}
	for (size_t i = 0; i < s->n_files; i++) {
		free((char *)(uintptr_t)s->files[i]->path);
		free(s->files[i]);
	}
	free(s->outputs);
	free(s->files);
	rp_routes_free(s->routes);
	rp_writer_free(s->w);
	rp_roster_free(&s->names);
	rp_buffer_free(&s->text);
	rp_buffer_free(&s->bytes);
	rp_buffer_free(&s->notes);
	free(s);
}

const struct rp_split_file *
rp_splitter_file(const struct rp_splitter *s, size_t i)
{
	return i < s->n_files ? s->files[i] : NULL;
}

/* ---- files ---- */

static enum rp_status
written(struct rp_splitter *s, enum rp_status st)
{
	return st == RP_OK
	    ? st
	    : rp_error_set(&s->cli->error, st, "%s: %s", s->writing->file->path,
		  rp_writer_error(s->w)->text);
}

/* What the writer has made goes to the file. */
static enum rp_status
deliver(struct rp_splitter *s, struct output *o)
{
	enum rp_status st = written(s, rp_writer_flush(s->w));

	if (st == RP_OK)
		st = rp_part_write(
		    s->parts, o->file->part, s->bytes.data, s->bytes.len);
	s->cli->counts.bytes_out += s->bytes.len;
	s->bytes.len = 0;
	return st;
}

/* The notes of the input so far, then our own. */
static enum rp_status
write_notes(struct rp_splitter *s)
{
	const uint8_t *p = s->notes.data;
	size_t left = s->notes.len, size;
	struct rp_reader *r;
	struct rp_frame f;
	enum rp_status st = RP_OK;
	char *text;

	if (s->cli->no_notes)
		return RP_OK;
	r = rp_reader_memory(p, left, "notes");
	if (r == NULL)
		return rp_error_no_memory(&s->cli->error);
	while (st == RP_OK && left > 0 && rp_reader_next(r, &f) == RP_OK) {
		left -= f.size;
		st = rp_writer_pass(s->w, &f);
	}
	rp_reader_free(r);
	if (st != RP_OK)
		return st;
	if ((text = rp_cli_note(s->cli, &size)) == NULL)
		return rp_error_no_memory(&s->cli->error);
	st = rp_writer_note(s->w, text, size);
	free(text);
	return st;
}

static enum rp_status
add_file(struct rp_splitter *s, const char *path, struct rp_split_file **out)
{
	struct rp_split_file **files, *file = calloc(1, sizeof(*file));

	files = realloc(s->files, (s->n_files + 1) * sizeof(*files));
	if (files != NULL)
		s->files = files;
	if (file == NULL || files == NULL ||
	    (file->path = strdup(path)) == NULL) {
		free(file);
		return rp_error_no_memory(&s->cli->error);
	}
	*out = files[s->n_files++] = file;
	return RP_OK;
}

/* A file that goes on ends as a stream does: another section may follow. */
static enum rp_status
check_old(struct rp_splitter *s, const char *path, uint64_t size)
{
	uint8_t end[RP_FRAME_HEAD + RP_END_PAYLOAD];
	struct rp_frame_head h = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && size >= sizeof(end) &&
	    pread(fd, end, sizeof(end), (off_t)(size - sizeof(end))) ==
		(ssize_t)sizeof(end) &&
	    rp_head_decode(&h, end, sizeof(end), NULL) == RP_OK &&
	    h.kind == RP_END_FRAME;

	if (fd >= 0)
		close(fd);
	return ok ? RP_OK
		  : rp_error_set(&s->cli->error, RP_ERR_TRUNCATED,
			"%s: does not end as a stream does: nothing can be "
			"appended",
			path);
}

static enum rp_status
begin_file(struct rp_splitter *s, struct output *o)
{
	struct rp_split_file *file = NULL;
	struct rp_path_values values;
	char type[8];
	uint64_t old;
	enum rp_status st;

	rp_routes_values(&s->names, &o->key, type, &values);
	values.part = ++o->part;
	if (rp_template_expand(
		s->opt.paths, &s->opt.clock, &values, &s->text) != RP_OK)
		return rp_error_no_memory(&s->cli->error);
	st = add_file(s, (const char *)s->text.data, &file);
	if (st == RP_OK && s->opt.nameless &&
	    s->parts->existing == RP_EXISTING_FAIL &&
	    access(file->path, F_OK) == 0)
		st = rp_error_set(&s->cli->error, RP_ERR_EXISTS,
		    "%s: is there already: see --existing", file->path);
	if (st == RP_OK)
		st = rp_parts_add(s->parts, s->opt.nameless ? NULL : file->path,
		    &file->part, &old);
	if (st == RP_OK && old > 0)
		st = check_old(s, file->path, old);
	if (st != RP_OK)
		return st;
	o->file = file;
	o->end = (struct rp_end){ 0 };
	o->records = 0;
	s->writing = o;
	st = written(s, write_notes(s));
	return st == RP_OK ? deliver(s, o) : st;
}

/* Encode the records in hand. */
static enum rp_status
flush(struct rp_splitter *s, struct output *o)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	if (o->rows.len == 0)
		return RP_OK;
	s->writing = o;
	s->frame.rows = o->rows.data;
	s->frame.rows_end = o->rows.data + o->rows.len;
	while (st == RP_OK && (rec = rp_frame_next(&s->frame, rec)) != NULL)
		st = rp_writer_put(s->w, &s->frame, rec);
	if ((st = written(s, st)) == RP_OK)
		st = deliver(s, o);
	s->in_hand -= o->rows.len;
	o->rows.len = 0;
	return st;
}

/* Its END, by what the writer made for it. */
static enum rp_status
end_file(struct rp_splitter *s, struct output *o, uint32_t flags)
{
	struct rp_frame_head h = { .kind = RP_END_FRAME };
	uint8_t payload[RP_END_PAYLOAD];
	enum rp_status st;

	if (o->file == NULL)
		return RP_OK;
	if ((st = flush(s, o)) != RP_OK || (st = deliver(s, o)) != RP_OK)
		return st;
	o->end.flags = flags | (s->thinned ? RP_END_THINNED : 0);
	rp_end_encode(&o->end, payload);
	if (rp_frame_encode_other(&s->bytes, &h, payload, sizeof(payload)) !=
	    RP_OK)
		return rp_error_no_memory(&s->cli->error);
	st =
	    rp_part_write(s->parts, o->file->part, s->bytes.data, s->bytes.len);
	s->cli->counts.bytes_out += s->bytes.len;
	s->cli->counts.records_out += o->end.records;
	s->bytes.len = 0;
	o->file->records = o->end.records;
	o->file = NULL;
	return st;
}

/* Memory is short: write out those that have more than others. */
static enum rp_status
flush_most(struct rp_splitter *s)
{
	size_t average = s->in_hand / s->n_outputs;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < s->n_outputs && st == RP_OK; i++) {
		if (s->outputs[i]->rows.len < average)
			continue;
		st = flush(s, s->outputs[i]);
		rp_buffer_free(&s->outputs[i]->rows);
	}
	return st;
}

/* ---- where a record goes ---- */

static int64_t
time_of(const struct rp_splitter *s, const struct rp_record *rec)
{
	int64_t ts = RP_ABSENT;

	if (s->opt.by_event)
		ts = rp_record_ts_event(rec);
	return ts == RP_ABSENT ? rec->ts_recv : ts;
}

static enum rp_status
add_output(struct rp_splitter *s, const struct rp_route_key *key)
{
	struct output **outputs, *o = calloc(1, sizeof(*o));

	outputs = realloc(s->outputs, (s->n_outputs + 1) * sizeof(*outputs));
	if (outputs != NULL)
		s->outputs = outputs;
	if (o == NULL || outputs == NULL) {
		free(o);
		return rp_error_no_memory(&s->cli->error);
	}
	o->key = *key;
	outputs[s->n_outputs++] = o;
	return RP_OK;
}

static enum rp_status
find_output(
    struct rp_splitter *s, const struct rp_route_key *key, struct output **out)
{
	uint32_t i = 0;
	enum rp_status st;

	if (rp_routes_find(s->routes, &s->names, key, &i) != RP_OK)
		return rp_error_no_memory(&s->cli->error);
	if (i == s->n_outputs && (st = add_output(s, key)) != RP_OK)
		return st;
	*out = s->outputs[i];
	return RP_OK;
}

/* ---- records ---- */

/* The number of the span of --time that a time is in. */
static int64_t
bucket_of(const struct rp_splitter *s, int64_t ts)
{
	return ts / s->opt.time - (ts % s->opt.time < 0);
}

/* Is the file full, or not of this time? */
static bool
is_over(const struct rp_splitter *s, const struct output *o, int64_t ts)
{
	return o->file != NULL &&
	    ((s->opt.count != 0 && o->records >= s->opt.count) ||
		(s->opt.time != 0 && bucket_of(s, ts) != o->bucket) ||
		(s->opt.size != 0 &&
		    rp_part_bytes(o->file->part) >= s->opt.size));
}

/* A file for the record that comes. */
static enum rp_status
have_file(struct rp_splitter *s, struct output *o, int64_t ts)
{
	enum rp_status st = RP_OK;

	if (is_over(s, o, ts))
		st = end_file(s, o, 0);
	if (st == RP_OK && o->file == NULL)
		st = begin_file(s, o);
	if (s->opt.time != 0)
		o->bucket = bucket_of(s, ts);
	return st;
}

static bool
is_full(const struct rp_splitter *s, const struct output *o)
{
	uint32_t most = s->opt.writer.frame_raw;

	if (s->opt.size != 0 &&
	    rp_part_bytes(o->file->part) + o->rows.len >= s->opt.size)
		return true;
	return o->rows.len >= (most != 0 ? most : RP_FRAME_RAW);
}

static enum rp_status
put(struct rp_splitter *s, const struct rp_record *rec)
{
	struct rp_route_key key = { rp_roster_index(&s->names, rec->symbol),
		rp_roster_index(&s->names, rec->source), rec->type,
		time_of(s, rec) };
	struct rp_record *copy;
	struct output *o;
	enum rp_status st;

	if ((st = find_output(s, &key, &o)) != RP_OK ||
	    (st = have_file(s, o, key.ts)) != RP_OK)
		return st;
	if (rp_buffer_add(&o->rows, rec, rp_record_size(rec)) != RP_OK)
		return rp_error_no_memory(&s->cli->error);
	copy = (struct rp_record *)(o->rows.data + o->rows.len -
	    rp_record_size(rec));
	copy->symbol = key.symbol;
	copy->source = key.source;
	o->records++;
	s->in_hand += rp_record_size(rec);
	if (is_full(s, o))
		st = flush(s, o);
	return st == RP_OK && s->in_hand > s->opt.memory ? flush_most(s) : st;
}

static enum rp_status
put_all(struct rp_splitter *s, struct rp_input *in, struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = rp_input_rows(in, f);

	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = put(s, rec);
	return st;
}

/* ---- whole frames ---- */

/* Whether all of a frame goes to one file, *out, by header and directory. */
static enum rp_status
goes_whole(struct rp_splitter *s, const struct rp_frame *f, struct output **out)
{
	const struct rp_splitter_options *o = &s->opt;
	unsigned times = rp_template_keys(o->paths) & RP_PATH_TIMES;
	struct rp_route_key key;
	bool whole;

	*out = NULL;
	if (o->count != 0 || o->size != 0 || o->time != 0 ||
	    (o->by_event && times) || f->head.raw_len < RP_FRAME_PLAIN / 2 ||
	    rp_frame_way(o->frames, &o->writer, f) != RP_FRAME_PASS ||
	    (s->thinned && !(f->head.flags & RP_FRAME_THINNED)))
		return RP_OK;
	if (rp_routes_whole(s->routes, &s->names, f, &whole, &key) != RP_OK)
		return rp_error_no_memory(&s->cli->error);
	return whole ? find_output(s, &key, out) : RP_OK;
}

static enum rp_status
pass(struct rp_splitter *s, struct rp_input *in, struct rp_frame *f,
    struct output *o)
{
	enum rp_status st;

	if ((st = rp_input_body(in, f)) != RP_OK ||
	    (st = have_file(s, o, f->head.ts_min)) != RP_OK ||
	    (st = flush(s, o)) != RP_OK)
		return st;
	s->writing = o;
	if ((st = written(s, rp_writer_pass(s->w, f))) != RP_OK)
		return st;
	o->records += f->head.records;
	return deliver(s, o);
}

enum rp_status
rp_splitter_frame(
    struct rp_splitter *s, struct rp_input *in, struct rp_frame *f)
{
	struct output *o;
	enum rp_status st;

	if (f->head.kind == RP_NOTE) {
		if (s->notes.len + f->size > 16 * (size_t)RP_MAX_NOTE)
			return RP_OK; /* enough of them */
		return rp_buffer_add(&s->notes, f->stored, f->size) == RP_OK
		    ? RP_OK
		    : rp_error_no_memory(&s->cli->error);
	}
	if (f->head.kind != RP_DATA)
		return RP_OK;
	if ((f->head.flags & RP_FRAME_THINNED) && !s->thinned) {
		s->thinned = true;
		rp_writer_thin(s->w);
	}
	if (rp_roster_enter(&s->names, f) != RP_OK)
		return rp_error_no_memory(&s->cli->error);
	rp_roster_lend(&s->names, &s->frame);
	if ((st = goes_whole(s, f, &o)) != RP_OK)
		return st;
	return o != NULL ? pass(s, in, f, o) : put_all(s, in, f);
}

enum rp_status
rp_splitter_finish(struct rp_splitter *s, uint32_t end_flags)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < s->n_outputs && st == RP_OK; i++)
		st = end_file(s, s->outputs[i], end_flags);
	return st;
}
