#include "cli/splitter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/private.h"
#include "types/types.h"
#include "wire/labels.h"
#include "wire/roster.h"

/* Where records of these go, for the next of them. */
enum { CACHE = 1 << 14 };

struct route {
	uint32_t symbol, source; /* of the roster, if the path has them */
	uint16_t type;
	const struct rp_label *time; /* of the path; NULL: an empty route */
	struct output *to;
};

/* A path but for {part}, and the file that is being written. */
struct output {
	struct rp_split_file *file; /* NULL: the next record begins one */
	struct rp_path_values values; /* of its first record */
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
	unsigned keys;

	struct rp_roster names;
	struct rp_frame frame; /* that records in hand are of */
	struct rp_labels times; /* texts of the path's times */
	int64_t second; /* that now_time is of */
	const struct rp_label *now_time;
	struct rp_labels paths; /* but for {part}; slot: the output */
	struct rp_buffer text; /* a path being made */
	struct route *cache;

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

static enum rp_status
no_memory(struct rp_splitter *s)
{
	return rp_error_set(&s->cli->error, RP_ERR_NOMEM, "out of memory");
}

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
		return rp_error_set(&cli->error, RP_ERR_NOMEM, "out of memory");
	s->cli = cli;
	s->opt = *opt;
	s->parts = parts;
	s->keys = rp_template_keys(opt->paths);
	s->second = INT64_MIN;
	s->times.class = s->paths.class = RP_NAME_SCHEMA;
	s->cache = calloc(CACHE, sizeof(*s->cache));
	s->w = rp_writer_memory(&s->bytes, &s->opt.writer);
	if (s->cache == NULL || s->w == NULL)
		return no_memory(s);
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
	free(s->cache);
	rp_writer_free(s->w);
	rp_roster_free(&s->names);
	rp_labels_free(&s->times);
	rp_labels_free(&s->paths);
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
		return no_memory(s);
	while (st == RP_OK && left > 0 && rp_reader_next(r, &f) == RP_OK) {
		left -= f.size;
		st = rp_writer_pass(s->w, &f);
	}
	rp_reader_free(r);
	if (st != RP_OK)
		return st;
	if ((text = rp_cli_note(s->cli, &size)) == NULL)
		return no_memory(s);
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
		return no_memory(s);
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
	uint64_t old;
	enum rp_status st;

	o->values.part = ++o->part;
	if (rp_template_expand(
		s->opt.paths, &s->opt.clock, &o->values, &s->text) != RP_OK)
		return no_memory(s);
	st = add_file(s, (const char *)s->text.data, &file);
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
		return no_memory(s);
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

/* What the path says of a time, as a label: one for each text. */
static enum rp_status
label_time(struct rp_splitter *s, int64_t ts, const struct rp_label **time)
{
	struct rp_path_values v = { .ts = ts };
	int64_t second = ts / RP_SECOND;

	*time = s->now_time;
	if (s->now_time != NULL &&
	    (second == s->second || !(s->keys & RP_PATH_TIMES)))
		return RP_OK;
	if (rp_template_expand(s->opt.paths, &s->opt.clock, &v, &s->text) !=
	    RP_OK)
		return RP_ERR_NOMEM;
	s->now_time = rp_labels_find(
	    &s->times, (const char *)s->text.data, s->text.len - 1);
	s->second = second;
	*time = s->now_time;
	return *time != NULL ? RP_OK : RP_ERR_NOMEM;
}

static struct output *
add_output(struct rp_splitter *s, const struct rp_path_values *v)
{
	struct output **outputs, *o = calloc(1, sizeof(*o));

	outputs = realloc(s->outputs, (s->n_outputs + 1) * sizeof(*outputs));
	if (outputs != NULL)
		s->outputs = outputs;
	if (o == NULL || outputs == NULL) {
		free(o);
		return NULL;
	}
	o->values = *v;
	return outputs[s->n_outputs++] = o;
}

static void
set_name(
    const struct rp_splitter *s, uint32_t name, const char **text, size_t *len)
{
	if (name == RP_NO_NAME)
		return;
	*text = s->names.names[name].text;
	*len = s->names.names[name].len;
}

/* By its path: different records may come to the same. */
static enum rp_status
find_output(struct rp_splitter *s, const struct route *r, int64_t ts,
    struct output **out)
{
	struct rp_path_values v = { .ts = ts };
	struct rp_label *path;
	char type[8];

	set_name(s, r->symbol, &v.symbol, &v.symbol_len);
	set_name(s, r->source, &v.source, &v.source_len);
	v.type = rp_type_name(r->type, type);
	v.type_len = strlen(v.type);
	if (rp_template_expand(s->opt.paths, &s->opt.clock, &v, &s->text) !=
	    RP_OK)
		return RP_ERR_NOMEM;
	path = rp_labels_find(
	    &s->paths, (const char *)s->text.data, s->text.len - 1);
	if (path == NULL)
		return RP_ERR_NOMEM;
	if (path->slot == RP_NO_NAME) {
		if (add_output(s, &v) == NULL)
			return RP_ERR_NOMEM;
		path->slot = (uint32_t)(s->n_outputs - 1);
	}
	*out = s->outputs[path->slot];
	return RP_OK;
}

static struct route *
cached(struct rp_splitter *s, const struct route *r)
{
	uint64_t h = (uint64_t)(uintptr_t)r->time / 64;

	h = (h * 31 + r->symbol) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h + r->source) * UINT64_C(0x9e3779b97f4a7c15) + r->type;
	return &s->cache[(h ^ h >> 32) % CACHE];
}

/* Symbol and source are those of the roster. */
static enum rp_status
find_route(struct rp_splitter *s, uint32_t symbol, uint32_t source,
    uint16_t type, int64_t ts, struct output **out)
{
	struct route r = {
		.symbol = s->keys & RP_PATH_SYMBOL ? symbol : RP_NO_NAME,
		.source = s->keys & RP_PATH_SOURCE ? source : RP_NO_NAME,
		.type = s->keys & RP_PATH_TYPE ? type : 0,
	};
	struct route *c;

	if (label_time(s, ts, &r.time) != RP_OK)
		return no_memory(s);
	c = cached(s, &r);
	if (c->time != r.time || c->symbol != r.symbol ||
	    c->source != r.source || c->type != r.type) {
		if (find_output(s, &r, ts, &r.to) != RP_OK)
			return no_memory(s);
		*c = r;
	}
	*out = c->to;
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
	uint32_t symbol = rp_roster_index(&s->names, rec->symbol);
	uint32_t source = rp_roster_index(&s->names, rec->source);
	int64_t ts = time_of(s, rec);
	struct rp_record *copy;
	struct output *o;
	enum rp_status st;

	st = find_route(s, symbol, source, rec->type, ts, &o);
	if (st != RP_OK || (st = have_file(s, o, ts)) != RP_OK)
		return st;
	if (rp_buffer_add(&o->rows, rec, rp_record_size(rec)) != RP_OK)
		return no_memory(s);
	copy = (struct rp_record *)(o->rows.data + o->rows.len -
	    rp_record_size(rec));
	copy->symbol = symbol;
	copy->source = source;
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

/* How much later a record may be without another text in the path. */
static int64_t
least_turn(const struct rp_splitter *s)
{
	if (s->keys & RP_PATH_MINUTE)
		return 60 * RP_SECOND;
	return s->keys & RP_PATH_HOUR ? 3600 * RP_SECOND : RP_DAY / 2;
}

/* The only name of a class that a frame has, if all records have it. */
static bool
only_name(const struct rp_splitter *s, const struct rp_frame *f,
    enum rp_name_class class, uint32_t *name)
{
	*name = RP_NO_NAME;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != class)
			continue;
		if (f->names[i].records != f->head.records)
			return false;
		*name = rp_roster_index(&s->names, i);
	}
	return true;
}

/* Whether all of a frame goes to one file, *out, by header and directory. */
static enum rp_status
goes_whole(struct rp_splitter *s, const struct rp_frame *f, struct output **out)
{
	const struct rp_frame_head *h = &f->head;
	const struct rp_label *first, *last;
	uint32_t symbol = RP_NO_NAME, source = RP_NO_NAME;
	bool times = (s->keys & RP_PATH_TIMES) != 0;

	*out = NULL;
	if (s->opt.count != 0 || s->opt.size != 0 || s->opt.time != 0 ||
	    (s->opt.by_event && times) || h->records == 0 ||
	    h->raw_len < RP_FRAME_PLAIN / 2 ||
	    rp_frame_way(s->opt.frames, &s->opt.writer, f) != RP_FRAME_PASS ||
	    (s->thinned && !(h->flags & RP_FRAME_THINNED)))
		return RP_OK;
	if (((s->keys & RP_PATH_SYMBOL) &&
		!only_name(s, f, RP_NAME_SYMBOL, &symbol)) ||
	    ((s->keys & RP_PATH_SOURCE) &&
		!only_name(s, f, RP_NAME_SOURCE, &source)) ||
	    ((s->keys & RP_PATH_TYPE) && f->n_types != 1))
		return RP_OK;
	if (times) {
		if ((uint64_t)h->ts_max - (uint64_t)h->ts_min >=
		    (uint64_t)least_turn(s))
			return RP_OK;
		if (label_time(s, h->ts_min, &first) != RP_OK ||
		    label_time(s, h->ts_max, &last) != RP_OK)
			return no_memory(s);
		if (first != last)
			return RP_OK;
	}
	return find_route(s, symbol, source, f->types[0].type, h->ts_min, out);
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
		    : no_memory(s);
	}
	if (f->head.kind != RP_DATA)
		return RP_OK;
	if ((f->head.flags & RP_FRAME_THINNED) && !s->thinned) {
		s->thinned = true;
		rp_writer_thin(s->w);
	}
	if (rp_roster_enter(&s->names, f) != RP_OK)
		return no_memory(s);
	s->frame.names = s->names.names;
	s->frame.n_names = s->names.n;
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
