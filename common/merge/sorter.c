#include "merge/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "wire/reader.h"
#include "wire/roster.h"
#include "wire/writer.h"

/* Runs that are merged at once: each takes about 1 MiB. */
enum { LEAST_RUNS = 4, MOST_RUNS = 128 };

struct entry {
	int64_t rank;
	size_t at; /* of its record in the block: later ones come later */
};

/* A temporary file: first written, then read. */
struct run {
	int fd;
	struct rp_writer *w;
	struct rp_reader *r;
	/* its first frames are the sorter's, those behind them as they came */
	uint64_t own;
};

struct rp_sorter {
	struct rp_sorter_options opt;
	struct rp_error err;
	struct rp_sorter_totals totals;

	/* records from the front, their entries from the back of a block */
	uint8_t *block;
	size_t size, used, n;
	bool sorted; /* as they came */
	struct rp_roster names; /* of records in the block, and of last */
	struct rp_frame frame; /* that they are of */

	struct run *runs;
	size_t n_runs, cap_runs;
	struct rp_buffer last; /* a copy of the newest run's last record */
	struct rp_merge *merge; /* of all runs, at the end */
	size_t next; /* or the next entry, if there are no runs */
};

struct rp_sorter *
rp_sorter_new(const struct rp_sorter_options *opt)
{
	struct rp_sorter *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->opt = *opt;
	s->sorted = true;
	s->size = opt->memory / sizeof(struct entry) * sizeof(struct entry);
	if ((s->block = malloc(s->size)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
close_run(struct run *run)
{
	rp_writer_free(run->w);
	rp_reader_free(run->r);
	close(run->fd);
}

void
rp_sorter_free(struct rp_sorter *s)
{
	if (s == NULL)
		return;
	rp_merge_free(s->merge);
	for (size_t i = 0; i < s->n_runs; i++)
		close_run(&s->runs[i]);
	free(s->runs);
	free(s->block);
	rp_roster_free(&s->names);
	rp_buffer_free(&s->last);
	free(s);
}

const struct rp_sorter_totals *
rp_sorter_totals(const struct rp_sorter *s)
{
	return &s->totals;
}

const struct rp_error *
rp_sorter_error(const struct rp_sorter *s)
{
	return &s->err;
}

/* ---- records in memory ---- */

static struct entry *
entries(const struct rp_sorter *s)
{
	return (struct entry *)(s->block + s->size) - s->n;
}

static struct rp_record *
record_at(const struct rp_sorter *s, size_t at)
{
	return (struct rp_record *)(s->block + at);
}

static int
compare(const struct rp_sorter *s, const struct rp_record *a,
    const struct rp_record *b)
{
	return rp_sortkey_compare(s->opt.key, &s->frame, a, &s->frame, b);
}

static bool
is_less(const struct rp_sorter *s, const struct entry *a, const struct entry *b)
{
	int c;

	if (a->rank != b->rank)
		return a->rank < b->rank;
	c = compare(s, record_at(s, a->at), record_at(s, b->at));
	return c != 0 ? c < 0 : a->at < b->at;
}

static void
insertion_sort(const struct rp_sorter *s, struct entry *e, size_t n)
{
	struct entry x;
	size_t j;

	for (size_t i = 1; i < n; i++) {
		x = e[i];
		for (j = i; j > 0 && is_less(s, &x, &e[j - 1]); j--)
			e[j] = e[j - 1];
		e[j] = x;
	}
}

/* tmp has room for half of them. */
static void
merge_sort(
    const struct rp_sorter *s, struct entry *e, size_t n, struct entry *tmp)
{
	size_t half = n / 2, i = 0, j = half, to = 0;

	if (n <= 8) {
		insertion_sort(s, e, n);
		return;
	}
	merge_sort(s, e, half, tmp);
	merge_sort(s, e + half, n - half, tmp);
	if (is_less(s, &e[half - 1], &e[half]))
		return;
	memcpy(tmp, e, half * sizeof(*e));
	while (i < half && j < n)
		e[to++] = is_less(s, &e[j], &tmp[i]) ? e[j++] : tmp[i++];
	memcpy(e + to, tmp + i, (half - i) * sizeof(*e));
}

/* Entries lie last first; have them in order. */
static void
sort(struct rp_sorter *s)
{
	struct entry *e = entries(s), x;

	for (size_t i = 0; i < s->n / 2; i++) {
		x = e[i];
		e[i] = e[s->n - 1 - i];
		e[s->n - 1 - i] = x;
	}
	if (!s->sorted)
		merge_sort(s, e, s->n, e - s->n / 2 - 1);
	s->sorted = true;
}

/* ---- runs ---- */

static enum rp_status
new_run(struct rp_sorter *s, struct run *run)
{
	/* small frames, as many runs are merged at once */
	const struct rp_writer_options opt = { .encoding = { RP_CODEC_LZ4,
						   RP_LAYOUT_COLUMNS, 0 },
		.frame_raw = RP_FRAME_PLAIN };
	char name[256];
	enum rp_status st;

	*run = (struct run){ .fd = -1, .own = UINT64_MAX };
	if ((st = rp_file_temporary(s->opt.directory, &run->fd, &s->err)) !=
	    RP_OK)
		return st;
	snprintf(
	    name, sizeof(name), "a temporary file in %s", s->opt.directory);
	if ((run->w = rp_writer_fd(run->fd, name, &opt)) == NULL) {
		close(run->fd);
		return rp_error_no_memory(&s->err);
	}
	return RP_OK;
}

static enum rp_status
written(struct rp_sorter *s, const struct run *run, enum rp_status st)
{
	return st == RP_OK
	    ? st
	    : rp_error_set(&s->err, st, "%s", rp_writer_error(run->w)->text);
}

/* The newest run is complete: from here on it is read. */
static enum rp_status
finish_run(struct rp_sorter *s, struct run *run)
{
	enum rp_status st = written(s, run, rp_writer_finish(run->w, 0));

	if (st != RP_OK)
		return st;
	s->totals.bytes += rp_writer_bytes(run->w);
	rp_writer_free(run->w);
	run->w = NULL;
	if (lseek(run->fd, 0, SEEK_SET) != 0)
		return rp_error_errno(&s->err, "a temporary file");
	return RP_OK;
}

static enum rp_status
add_run(struct rp_sorter *s)
{
	size_t cap = s->cap_runs == 0 ? 16 : 2 * s->cap_runs;
	struct run *runs;
	enum rp_status st;

	if (s->n_runs > 0 &&
	    (st = finish_run(s, &s->runs[s->n_runs - 1])) != RP_OK)
		return st;
	if (s->n_runs == s->cap_runs) {
		runs = realloc(s->runs, cap * sizeof(*runs));
		if (runs == NULL)
			return rp_error_no_memory(&s->err);
		s->runs = runs;
		s->cap_runs = cap;
	}
	if ((st = new_run(s, &s->runs[s->n_runs])) != RP_OK)
		return st;
	s->n_runs++;
	s->totals.runs++;
	return RP_OK;
}

static enum rp_status
keep_last(struct rp_sorter *s, const struct rp_record *rec)
{
	s->last.len = 0;
	return rp_buffer_add(&s->last, rec, rp_record_size(rec)) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(&s->err);
}

/* Whether rec may follow the last record of the newest run. */
static bool
follows(const struct rp_sorter *s, const struct rp_record *rec)
{
	return s->n_runs > 0 &&
	    compare(s, (const struct rp_record *)s->last.data, rec) <= 0;
}

/* Write the records in memory to a run. */
static enum rp_status
spill(struct rp_sorter *s)
{
	const struct entry *e = entries(s);
	struct run *run;
	enum rp_status st = RP_OK;

	if (s->n == 0)
		return RP_OK;
	sort(s);
	if (!follows(s, record_at(s, e[0].at)) && (st = add_run(s)) != RP_OK)
		return st;
	run = &s->runs[s->n_runs - 1];
	run->own = UINT64_MAX;
	for (size_t i = 0; i < s->n && st == RP_OK; i++)
		st = rp_writer_put(run->w, &s->frame, record_at(s, e[i].at));
	if (st != RP_OK)
		return written(s, run, st);
	st = keep_last(s, record_at(s, e[s->n - 1].at));
	s->used = s->n = 0;
	return st;
}

/* ---- in ---- */

/* Room for a record, its entry and half an entry to sort with. */
static bool
has_room(const struct rp_sorter *s, size_t size)
{
	size_t entry = sizeof(struct entry);

	return s->used + size + (s->n + s->n / 2 + 3) * entry <= s->size;
}

static enum rp_status
make_room(struct rp_sorter *s, size_t size)
{
	uint8_t *block;
	enum rp_status st;

	if (has_room(s, size))
		return RP_OK;
	if ((st = spill(s)) != RP_OK || has_room(s, size))
		return st;
	/* a record that is larger than the memory for all of them */
	size += 8 * sizeof(struct entry);
	if ((block = realloc(s->block, size)) == NULL)
		return rp_error_no_memory(&s->err);
	s->block = block;
	s->size = size / sizeof(struct entry) * sizeof(struct entry);
	return RP_OK;
}

static enum rp_status
add_record(struct rp_sorter *s, const struct rp_record *rec)
{
	size_t size = rp_record_size(rec);
	struct rp_record *copy;
	struct entry *e;
	enum rp_status st;

	if ((st = make_room(s, size)) != RP_OK)
		return st;
	copy = memcpy(s->block + s->used, rec, size);
	copy->symbol = rp_roster_index(&s->names, rec->symbol);
	copy->source = rp_roster_index(&s->names, rec->source);
	s->n++;
	e = entries(s);
	e->rank = rp_sortkey_rank(s->opt.key, &s->frame, copy);
	e->at = s->used;
	s->used += size;
	s->sorted = s->n == 1 || (s->sorted && is_less(s, e + 1, e));
	return RP_OK;
}

/*
 * Whether a frame can go into the newest run as it is: it is in order, as is all
 * that is in memory, and one follows the other.
 */
static bool
can_pass(const struct rp_sorter *s, const struct rp_frame *f)
{
	const struct rp_record first = { .ts_recv = f->head.ts_min,
		.seq = f->head.seq_min };
	const struct entry *e;

	if (s->n_runs == 0 || !s->sorted ||
	    !rp_sortkey_is_ordered(s->opt.key, f))
		return false;
	if (s->n == 0)
		return follows(s, &first);
	e = entries(s); /* the last one first */
	return compare(s, record_at(s, e[0].at), &first) <= 0 &&
	    follows(s, record_at(s, e[s->n - 1].at));
}

static enum rp_status
pass(struct rp_sorter *s, const struct rp_frame *f)
{
	const struct rp_record last = { .ts_recv = f->head.ts_max,
		.seq = f->head.seq_max };
	struct run *run;
	enum rp_status st;

	if ((st = spill(s)) != RP_OK)
		return st;
	run = &s->runs[s->n_runs - 1];
	if ((st = rp_writer_flush(run->w)) == RP_OK && run->own == UINT64_MAX)
		run->own = rp_writer_totals(run->w)->data_frames;
	if (st == RP_OK)
		st = rp_writer_pass(run->w, f);
	st = written(s, run, st);
	return st == RP_OK ? keep_last(s, &last) : st;
}

enum rp_status
rp_sorter_add(struct rp_sorter *s, struct rp_frame *f,
    enum rp_status (*load)(void *, struct rp_frame *, bool), void *arg)
{
	bool passes = can_pass(s, f);
	const struct rp_record *rec = NULL;
	enum rp_status st;

	if ((st = load(arg, f, !passes)) != RP_OK)
		return st;
	if (passes)
		return pass(s, f);
	if (rp_sortkey_learn(s->opt.key, f) != RP_OK ||
	    rp_roster_enter(&s->names, f) != RP_OK)
		return rp_error_no_memory(&s->err);
	rp_roster_lend(&s->names, &s->frame);
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = add_record(s, rec);
	return st;
}

/* ---- merging runs ---- */

static enum rp_status
head(void *arg, struct rp_frame *f)
{
	return rp_reader_head(arg, f);
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	return rp_reader_body(arg, f);
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	return rp_reader_rows(arg, f);
}

/* Read n runs as one. */
static enum rp_status
open_merge(struct rp_sorter *s, struct run *runs, size_t n, struct rp_merge **m)
{
	struct rp_merge_input *inputs = calloc(n, sizeof(*inputs));

	*m = NULL;
	for (size_t i = 0; inputs != NULL && i < n; i++) {
		runs[i].r = rp_reader_fd(runs[i].fd, "a temporary file");
		if (runs[i].r == NULL) {
			free(inputs);
			return rp_error_no_memory(&s->err);
		}
		inputs[i] =
		    (struct rp_merge_input){ runs[i].r, head, body, rows };
	}
	if (inputs != NULL)
		*m = rp_merge_new(inputs, n, rp_sortkey_order(s->opt.key));
	free(inputs);
	return *m != NULL ? RP_OK : rp_error_no_memory(&s->err);
}

/* Keep the error of a run that could not be read. */
static enum rp_status
merged(struct rp_sorter *s, const struct run *runs,
    const struct rp_merge_run *run, enum rp_status st)
{
	const char *why;

	if (st >= RP_OK)
		return st;
	why = rp_reader_error(runs[run->input].r)->text;
	return rp_error_set(
	    &s->err, st, "%s", *why != '\0' ? why : "out of memory");
}

static enum rp_status
copy_run(struct rp_merge *m, struct rp_merge_run *run, struct rp_writer *w)
{
	const struct rp_record *rec = run->first;
	enum rp_status st = RP_OK;

	if (rec == NULL) {
		st = rp_merge_body(m, run);
		return st == RP_OK ? rp_writer_pass(w, run->frame) : st;
	}
	for (; st == RP_OK && rec < run->end; rec = rp_record_after(rec))
		st = rp_writer_put(w, run->frame, rec);
	return st;
}

/* The first n of runs into one, which takes the place of the first. */
static enum rp_status
merge_runs(struct rp_sorter *s, struct run *runs, size_t n)
{
	struct rp_merge_run part;
	struct run into;
	struct rp_merge *m;
	enum rp_status st;

	if ((st = new_run(s, &into)) != RP_OK)
		return st;
	st = open_merge(s, runs, n, &m);
	while (st == RP_OK) {
		st = merged(s, runs, &part, rp_merge_next(m, &part));
		if (st == RP_OK && (st = copy_run(m, &part, into.w)) != RP_OK)
			st = rp_writer_error(into.w)->status != RP_OK
			    ? written(s, &into, st)
			    : merged(s, runs, &part, st);
	}
	rp_merge_free(m);
	if (st == RP_END)
		st = finish_run(s, &into);
	if (st != RP_OK) {
		close_run(&into);
		return st;
	}
	for (size_t i = 0; i < n; i++)
		close_run(&runs[i]);
	runs[0] = into;
	return RP_OK;
}

/* Neighbours are merged until so many are left: equal records keep their order. */
static enum rp_status
reduce_runs(struct rp_sorter *s, size_t most)
{
	size_t left, n;
	enum rp_status st;

	for (; s->n_runs > most; s->totals.rounds++) {
		left = 0;
		for (size_t i = 0; i < s->n_runs; i += n) {
			n = s->n_runs - i < most ? s->n_runs - i : most;
			if (n > 1 &&
			    (st = merge_runs(s, &s->runs[i], n)) != RP_OK) {
				/* those behind were moved to the front */
				memmove(&s->runs[left], &s->runs[i],
				    (s->n_runs - i) * sizeof(*s->runs));
				s->n_runs -= i - left;
				return st;
			}
			s->runs[left++] = s->runs[i];
		}
		s->n_runs = left;
	}
	return RP_OK;
}

enum rp_status
rp_sorter_end(struct rp_sorter *s)
{
	size_t most = s->opt.memory >> 20;
	enum rp_status st;

	if (s->n_runs == 0) {
		sort(s);
		return RP_OK;
	}
	if ((st = spill(s)) != RP_OK ||
	    (st = finish_run(s, &s->runs[s->n_runs - 1])) != RP_OK)
		return st;
	free(s->block);
	s->block = NULL;
	most = most < LEAST_RUNS ? LEAST_RUNS
	    : most > MOST_RUNS   ? MOST_RUNS
				 : most;
	if ((st = reduce_runs(s, most)) != RP_OK)
		return st;
	return open_merge(s, s->runs, s->n_runs, &s->merge);
}

/* ---- out ---- */

enum rp_status
rp_sorter_next(struct rp_sorter *s, struct rp_merge_run *run)
{
	if (s->merge != NULL)
		return merged(s, s->runs, run, rp_merge_next(s->merge, run));
	if (s->next == s->n)
		return RP_END;
	*run = (struct rp_merge_run){ .frame = &s->frame };
	run->first = record_at(s, entries(s)[s->next++].at);
	run->end = rp_record_after(run->first);
	return RP_OK;
}

enum rp_status
rp_sorter_load(struct rp_sorter *s, struct rp_merge_run *run, bool with_rows)
{
	return merged(s, s->runs, run,
	    with_rows ? rp_merge_rows(s->merge, run)
		      : rp_merge_body(s->merge, run));
}

bool
rp_sorter_is_own(const struct rp_sorter *s, const struct rp_merge_run *run)
{
	return run->frame->number < s->runs[run->input].own;
}
