#include "expr/assign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "expr/assign_work.h"

static struct assign_stmt *
stmt_at(const struct rp_assign *a, size_t i)
{
	return (struct assign_stmt *)a->stmts.data + i;
}

static size_t
n_stmts(const struct rp_assign *a)
{
	return a->stmts.len / sizeof(struct assign_stmt);
}

struct rp_assign *
rp_assign_new(struct rp_zone *zone)
{
	struct rp_assign *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->zone = zone;
	a->now = rp_time_now();
	a->symbols.class = RP_NAME_SYMBOL;
	a->sources.class = RP_NAME_SOURCE;
	return a;
}

void
rp_assign_free_statement(struct assign_stmt *s)
{
	struct assign_program *p = (struct assign_program *)s->programs.data;
	size_t i, n = s->programs.len / sizeof(*p);

	for (i = 0; i < n; i++)
		rp_buffer_free(&p[i].ops);
	rp_buffer_free(&s->programs);
	rp_buffer_free(&s->nodes);
	rp_buffer_free(&s->values);
	rp_expr_free(s->where);
	rp_renames_free(s->renames);
}

void
rp_assign_free(struct rp_assign *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < n_stmts(a); i++)
		rp_assign_free_statement(stmt_at(a, i));
	for (i = 0; i < a->texts.len / sizeof(char *); i++)
		free(((char **)a->texts.data)[i]);
	rp_buffer_free(&a->stmts);
	rp_buffer_free(&a->texts);
	rp_buffer_free(&a->rows);
	rp_buffer_free(&a->at);
	rp_buffer_free(&a->state);
	rp_buffer_free(&a->types);
	rp_buffer_free(&a->names);
	rp_buffer_free(&a->memo);
	rp_labels_free(&a->symbols);
	rp_labels_free(&a->sources);
	rp_buffer_free(&a->guesses);
	free(a->table);
	free(a);
}

/* ---- programs ---- */

/* The program of a type, made when it first comes; one for all opaque ones. */
static enum rp_status
program_of(struct rp_assign *a, struct assign_stmt *s, uint16_t id,
    const struct assign_program **p)
{
	const struct rp_type *type = rp_type_by_id(id);
	const struct assign_program *own =
	    (const struct assign_program *)s->programs.data;
	size_t i, n = s->programs.len / sizeof(*own);
	struct assign_program made;
	enum rp_status st;

	for (i = 0; i < n; i++)
		if (own[i].type == type) {
			*p = &own[i];
			return RP_OK;
		}
	st = rp_assign_resolve(a, s, type, &made, NULL);
	if (st == RP_ERR_NOMEM)
		return st;
	if ((st = rp_buffer_add(&s->programs, &made, sizeof(made))) != RP_OK) {
		rp_buffer_free(&made.ops);
		return st;
	}
	own = (const struct assign_program *)s->programs.data;
	*p = &own[n];
	return RP_OK;
}

/* A statement that is for no type is a mistake: say which one. */
static enum rp_status
check(struct rp_assign *a, const struct assign_stmt *s, struct rp_error *err)
{
	const struct expr_word *w = &s->target;
	struct assign_program p;
	struct rp_error why = { 0 };
	enum rp_status st;
	char hint[80];
	size_t i;

	for (i = 0; i < rp_n_types; i++) {
		st = rp_assign_resolve(a, s, rp_types[i], &p, &why);
		rp_buffer_free(&p.ops);
		if (st == RP_OK || st == RP_ERR_NOMEM)
			return st;
	}
	if (why.status != RP_OK)
		return rp_error_set(err, why.status, "%s", why.text);
	if (rp_expr_is_field(w))
		return rp_error_set(err, RP_ERR_USAGE,
		    "column %u: no record type has %.*s and what it is given",
		    w->column, (int)w->len, w->text);
	rp_expr_suggest_field(w, false, hint, sizeof(hint));
	return rp_error_set(err, RP_ERR_USAGE,
	    "column %u: no field named \"%.*s\"%s", w->column, (int)w->len,
	    w->text, hint);
}

static enum rp_status
add_guesses(struct rp_assign *a, const struct rp_expr *where)
{
	const struct rp_guess *g;
	size_t n = where != NULL ? rp_expr_guesses(where, &g) : 0;

	return n > 0 ? rp_buffer_add(&a->guesses, g, n * sizeof(*g)) : RP_OK;
}

const struct rp_guess *
rp_assign_guess(const struct rp_assign *a, size_t i)
{
	const struct rp_guess *g = (const void *)a->guesses.data;

	return i < a->guesses.len / sizeof(*g) ? &g[i] : NULL;
}

enum rp_status
rp_assign_add(struct rp_assign *a, const char *text, struct rp_error *err)
{
	size_t i = n_stmts(a);
	enum rp_status st;
	char *copy;

	if (strlen(text) > RP_MAX_EXPR)
		return rp_error_set(err, RP_ERR_USAGE,
		    "statements of more than %d bytes", RP_MAX_EXPR);
	if ((copy = strdup(text)) == NULL)
		return RP_ERR_NOMEM;
	if (rp_buffer_add(&a->texts, &copy, sizeof(copy)) != RP_OK) {
		free(copy);
		return RP_ERR_NOMEM;
	}
	st = rp_assign_parse(a, copy, err);
	for (; st == RP_OK && i < n_stmts(a); i++)
		if ((st = check(a, stmt_at(a, i), err)) == RP_OK)
			st = add_guesses(a, stmt_at(a, i)->where);
	return st;
}

enum rp_status
rp_assign_rename(struct rp_assign *a, enum rp_name_class class,
    const char *path, struct rp_error *err)
{
	struct assign_stmt s = { .kind = ASSIGN_RENAME };
	enum rp_status st = rp_renames_read(&s.renames, class, path, err);

	if (st == RP_OK)
		st = rp_buffer_add(&a->stmts, &s, sizeof(s));
	if (st != RP_OK)
		rp_assign_free_statement(&s);
	return st;
}

bool
rp_assign_moves_time(const struct rp_assign *a)
{
	struct rp_field field;
	size_t i;

	for (i = 0; i < n_stmts(a); i++) {
		const struct expr_word *w = &stmt_at(a, i)->target;

		if (rp_type_field(NULL, w->text, w->len, &field) &&
		    field.kind == RP_KIND_TS_RECV)
			return true;
	}
	return false;
}

/* ---- frames ---- */

/* Is a statement for any type of a frame? */
static enum rp_status
has_program(struct rp_assign *a, struct assign_stmt *s,
    const struct rp_frame *f, bool *has)
{
	const struct assign_program *p;
	enum rp_status st = RP_OK;
	uint32_t i;

	*has = false;
	for (i = 0; st == RP_OK && !*has && i < f->n_types; i++)
		if ((st = program_of(a, s, f->types[i].type, &p)) == RP_OK)
			*has = p->store != STORE_NOTHING;
	return st;
}

static enum rp_status
may_change(struct rp_assign *a, struct assign_stmt *s, const struct rp_frame *f,
    bool *may)
{
	enum rp_verdict verdict;
	enum rp_status st;

	if (s->kind == ASSIGN_RENAME) {
		*may = rp_renames_touch(s->renames, f);
		return RP_OK;
	}
	if ((st = has_program(a, s, f, may)) != RP_OK || !*may ||
	    s->where == NULL)
		return st;
	st = rp_expr_frame(s->where, f, &verdict);
	*may = verdict != RP_PASS_NONE;
	return st;
}

/* What the first statement to do something sees is the frame as it came. */
enum rp_status
rp_assign_touches(struct rp_assign *a, const struct rp_frame *f, bool *touches)
{
	enum rp_status st = RP_OK;
	size_t i;

	*touches = false;
	for (i = 0; st == RP_OK && !*touches && i < n_stmts(a); i++)
		st = may_change(a, stmt_at(a, i), f, touches);
	return st;
}

static enum rp_status
add_type(struct rp_assign *a, uint16_t id)
{
	const struct rp_type_count t = { .type = id };

	return rp_buffer_add(&a->types, &t, sizeof(t));
}

/* Types of the frame, and those that statements may make of them. */
static enum rp_status
start_types(struct rp_assign *a, const struct rp_frame *f)
{
	const struct assign_program *p;
	enum rp_status st;
	size_t i, j;

	a->types.len = 0;
	st = rp_buffer_add(&a->types, f->types, f->n_types * sizeof(*f->types));
	for (i = 0; i < n_stmts(a); i++)
		for (j = 0; st == RP_OK && j < a->types.len / sizeof(*f->types);
		     j++) {
			const struct rp_type_count *t =
			    (const struct rp_type_count *)a->types.data + j;

			st = program_of(a, stmt_at(a, i), t->type, &p);
			if (st == RP_OK && p->store == STORE_TYPE &&
			    p->constant != t->type)
				st = add_type(a, (uint16_t)p->constant);
		}
	a->frame.types = (const struct rp_type_count *)a->types.data;
	a->frame.n_types = (uint32_t)(a->types.len / sizeof(*f->types));
	return st;
}

/* A copy of the frame to work on, and where each record is. */
static enum rp_status
start(struct rp_assign *a, const struct rp_frame *f, struct rp_select *sel)
{
	size_t size = (size_t)(f->rows_end - f->rows);
	const struct rp_record *rec = NULL;
	enum rp_status st;
	uint32_t i = 0;

	a->original = f;
	a->records = f->head.records;
	a->changed = 0;
	a->intact = true;
	a->rows.len = 0;
	if ((st = rp_buffer_reserve(&a->at, a->records * sizeof(i))) != RP_OK ||
	    (st = rp_buffer_reserve(&a->state, a->records)) != RP_OK ||
	    (st = rp_buffer_add(&a->rows, f->rows, size)) != RP_OK ||
	    (st = rp_assign_start_names(a)) != RP_OK)
		return st;
	for (; (rec = rp_frame_next(f, rec)) != NULL; i++) {
		((uint32_t *)a->at.data)[i] =
		    (uint32_t)((const uint8_t *)rec - f->rows);
		a->state.data[i] = sel == NULL || rp_select_record(sel, f, rec)
		    ? RECORD_OPEN
		    : RECORD_PASSES;
	}
	a->frame = *f;
	a->frame.rows = a->frame.rows_end = NULL;
	a->frame.names = (struct rp_label *)a->names.data;
	return start_types(a, f);
}

static enum rp_status
start_memo(struct rp_assign *a)
{
	size_t size = a->frame.n_names * sizeof(uint32_t);
	enum rp_status st = rp_buffer_reserve(&a->memo, size);

	if (st == RP_OK && size != 0)
		memset(a->memo.data, 0xff, size);
	a->memo.len = size;
	return st;
}

/* ---- statements ---- */

struct run {
	struct rp_assign *a;
	struct assign_stmt *s;
	uint32_t type; /* of the last record ... */
	const struct assign_program *p; /* ... and its program */
	bool asks; /* the condition is left to the records */
	rp_assign_reject *reject;
	void *arg;
	/* the record that was rejected last, as it came; its number and one */
	const struct rp_record *last;
	uint32_t n_passed;
};

/* The record as it came: they are in the order of the frame. */
static enum rp_status
reject(struct run *r, uint32_t i, const char *why)
{
	const struct expr_word *w = &r->s->target;
	const struct rp_frame *f = r->a->original;
	char text[160];

	r->a->intact = false;
	r->a->state.data[i] = RECORD_REJECTED;
	for (; r->n_passed <= i; r->n_passed++)
		r->last = rp_frame_next(f, r->last);
	snprintf(text, sizeof(text), "%.*s: %s",
	    (int)(w->len < 80 ? w->len : 80), w->text, why);
	return r->reject(r->arg, f, r->last, text);
}

static enum rp_status
run_record(struct run *r, uint32_t i)
{
	struct rp_record *rec = assign_row(r->a, i);
	const char *why = NULL;
	enum rp_status st;

	if (r->s->kind == ASSIGN_RENAME) {
		if (rp_renames_run(r->s->renames, r->a, rec))
			r->a->state.data[i] = RECORD_CHANGED;
		return RP_OK;
	}
	if (r->type != rec->type) {
		r->type = rec->type;
		st = program_of(r->a, r->s, rec->type, &r->p);
		if (st != RP_OK)
			return st;
	}
	if (r->p->store == STORE_NOTHING ||
	    (r->asks && !rp_expr_record(r->s->where, &r->a->frame, rec)))
		return RP_OK;
	st = rp_assign_store(r->a, r->p, i, &why);
	if (st == RP_ERR_LIMIT)
		return reject(r, i, why);
	if (st == RP_OK)
		r->a->state.data[i] = RECORD_CHANGED;
	return st == RP_EMPTY ? RP_OK : st;
}

/* first: nothing has changed so far, and the header is true. */
static enum rp_status
run_statement(struct run *r, bool first)
{
	struct rp_assign *a = r->a;
	enum rp_verdict verdict = RP_PASS_ALL;
	enum rp_status st = start_memo(a);
	uint32_t i;

	if (st == RP_OK && r->s->kind == ASSIGN_RENAME)
		st = rp_renames_start(r->s->renames, a);
	if (st == RP_OK && r->s->where != NULL)
		st = rp_expr_frame(r->s->where, &a->frame, &verdict);
	if (st != RP_OK || (first && verdict == RP_PASS_NONE))
		return st;
	r->asks = r->s->where != NULL && (!first || verdict != RP_PASS_ALL);
	for (i = 0; st == RP_OK && i < a->records; i++)
		if (a->state.data[i] >= RECORD_OPEN)
			st = run_record(r, i);
	return st;
}

enum rp_status
rp_assign_run(struct rp_assign *a, const struct rp_frame *f,
    struct rp_select *sel, rp_assign_reject *put, void *arg)
{
	enum rp_status st = start(a, f, sel);
	size_t i;

	for (i = 0; st == RP_OK && i < n_stmts(a); i++) {
		struct run r = { .a = a,
			.s = stmt_at(a, i),
			.type = UINT32_MAX,
			.reject = put,
			.arg = arg };

		st = run_statement(&r, i == 0);
	}
	for (i = 0; st == RP_OK && i < a->records; i++)
		a->changed += a->state.data[i] == RECORD_CHANGED;
	return st;
}

/* ---- the result ---- */

const struct rp_record *
rp_assign_record(const struct rp_assign *a, uint32_t i)
{
	return a->state.data[i] != RECORD_REJECTED ? assign_row(a, i) : NULL;
}

uint32_t
rp_assign_records(const struct rp_assign *a)
{
	return a->records;
}

const struct rp_frame *
rp_assign_frame(const struct rp_assign *a)
{
	return &a->frame;
}

static void
range(struct rp_frame *f)
{
	const struct rp_record *rec = rp_frame_next(f, NULL);
	struct rp_frame_head *h = &f->head;

	h->flags |= RP_FRAME_TS_ORDERED;
	h->ts_min = h->ts_max = rec->ts_recv;
	while ((rec = rp_frame_next(f, rec)) != NULL) {
		if (rec->ts_recv < h->ts_max)
			h->flags &= ~(uint32_t)RP_FRAME_TS_ORDERED;
		if (rec->ts_recv < h->ts_min)
			h->ts_min = rec->ts_recv;
		if (rec->ts_recv > h->ts_max)
			h->ts_max = rec->ts_recv;
	}
}

bool
rp_assign_whole(const struct rp_assign *a, struct rp_frame *f)
{
	if (!a->intact || a->records == 0)
		return false;
	*f = *a->original;
	f->rows = a->rows.data;
	f->rows_end = a->rows.data + a->rows.len;
	f->stored = NULL;
	f->file = 0;
	f->head.rec_sum = rp_frame_sum(f);
	if (rp_assign_moves_time(a))
		range(f);
	return true;
}

uint32_t
rp_assign_changed(const struct rp_assign *a)
{
	return a->changed;
}
