/*
 * From the tree to programs. A node is generated with the steps to go to if it
 * holds and if it does not, from the last operand to the first: and, or and
 * not are no steps, they only direct others, and a test that is decided by the
 * type alone leaves nothing behind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "expr/program.h"

struct generator {
	struct rp_expr *e;
	const struct rp_type *type;
	uint16_t id;
};

static enum rp_status
generate_test(struct generator *g, uint32_t test, uint32_t yes, uint32_t no,
    uint32_t *entry)
{
	struct rp_buffer *steps = &g->e->steps;
	enum step_kind kind;
	enum rp_status st;
	struct step step;

	st = rp_expr_resolve(g->e, test, g->type, g->id, &step, &kind, NULL);
	if (st == RP_OK)
		g->e->literals[test].resolved = true;
	else if (st != RP_EMPTY && st != RP_ERR_USAGE)
		return st;
	if (kind != STEP_IS_MADE || yes == no) {
		*entry = kind == STEP_IS_FALSE ? no : yes;
		return RP_OK;
	}
	step.yes = yes;
	step.no = no;
	*entry = (uint32_t)(steps->len / sizeof(step));
	return rp_buffer_add(steps, &step, sizeof(step));
}

static enum rp_status
generate(struct generator *g, uint32_t index, uint32_t yes, uint32_t no,
    uint32_t *entry)
{
	const struct expr_node *node = expr_node(&g->e->syntax, index);
	uint32_t child;
	enum rp_status st;

	if (node->kind == EXPR_TEST)
		return generate_test(g, node->test, yes, no, entry);
	if (node->kind == EXPR_NOT)
		return generate(g, node->last, no, yes, entry);
	for (child = node->last; child != EXPR_NONE;
	     child = expr_node(&g->e->syntax, child)->prev) {
		if ((st = generate(g, child, yes, no, entry)) != RP_OK)
			return st;
		if (node->kind == EXPR_AND)
			yes = *entry;
		else
			no = *entry;
	}
	return RP_OK;
}

enum rp_status
rp_expr_program(
    struct rp_expr *e, uint16_t id, const struct rp_type *type, uint32_t *entry)
{
	struct generator g = { e, type, id };
	struct program program = { .type = id };
	enum rp_status st;

	if ((st = generate(&g, e->syntax.root, STEP_ACCEPT, STEP_REJECT,
		 &program.entry)) != RP_OK)
		return st;
	*entry = program.entry;
	return rp_buffer_add(&e->programs, &program, sizeof(program));
}

static bool
is_ordered(const struct expr_test *t)
{
	return t->op >= EXPR_LT && t->op <= EXPR_GE;
}

void
rp_expr_neither(
    const struct expr_word *w, const char *what, char *buf, size_t size)
{
	int len = w->len < 80 ? (int)w->len : 80;
	char hint[80];

	rp_expr_suggest_field(w, true, hint, sizeof(hint));
	snprintf(buf, size, "column %u: \"%.*s\" is neither %s nor a field%s",
	    w->column, len, w->text, what, hint);
}

void
rp_expr_no_field(
    const struct expr_word *w, bool ordered, char *buf, size_t size)
{
	int len = w->len < 80 ? (int)w->len : 80;
	char hint[80];

	rp_expr_suggest_field(w, ordered, hint, sizeof(hint));
	snprintf(buf, size, "column %u: no field named \"%.*s\"%s", w->column,
	    len, w->text, hint);
}

/* A test that no record type can be asked: say why. */
static enum rp_status
explain(struct rp_expr *e, uint32_t test, struct rp_error *err)
{
	const struct expr_test *t = expr_test(&e->syntax, test);
	const struct expr_word *w = &t->left;
	enum step_kind kind;
	enum rp_status st;
	struct step step;
	char what[200];
	size_t i;

	for (i = 0; rp_expr_is_field(w) && i < rp_n_types; i++) {
		st = rp_expr_resolve(
		    e, test, rp_types[i], rp_types[i]->id, &step, &kind, err);
		if (st != RP_EMPTY)
			return st;
	}
	rp_expr_no_field(w, is_ordered(t), what, sizeof(what));
	return rp_error_set(err, RP_ERR_USAGE, "%s", what);
}

static enum rp_status
guess(struct rp_expr *e, const struct expr_word *w, bool right, bool ordered)
{
	struct rp_guess g = { .name = w->text, .len = w->len };

	if (right)
		rp_expr_neither(w, "a number", g.message, sizeof(g.message));
	else
		rp_expr_no_field(w, ordered, g.message, sizeof(g.message));
	return rp_buffer_add(&e->guesses, &g, sizeof(g));
}

static enum rp_status
guess_test(struct rp_expr *e, uint32_t test)
{
	const struct expr_test *t = expr_test(&e->syntax, test);
	enum rp_status st = RP_OK;

	if (!rp_expr_is_field(&t->left))
		st = guess(e, &t->left, false, is_ordered(t));
	if (st == RP_OK && e->literals[test].guessed)
		st = guess(e, &t->right, true, true);
	return st;
}

size_t
rp_expr_guesses(const struct rp_expr *e, const struct rp_guess **guesses)
{
	*guesses = (const struct rp_guess *)(const void *)e->guesses.data;
	return e->guesses.len / sizeof(**guesses);
}

enum rp_status
rp_expr_build(struct rp_expr *e, struct rp_error *err)
{
	static const struct step results[STEP_FIRST];
	uint32_t n = (uint32_t)(e->syntax.tests.len / sizeof(struct expr_test));
	uint32_t i, entry;
	enum rp_status st;

	if ((e->literals = calloc(n, sizeof(*e->literals))) == NULL)
		return RP_ERR_NOMEM;
	for (i = 0; i < n; i++)
		e->literals[i].name = EXPR_NONE;
	st = rp_buffer_add(&e->steps, results, sizeof(results));
	for (i = 0; st == RP_OK && i < rp_n_types; i++)
		st = rp_expr_program(e, rp_types[i]->id, rp_types[i], &entry);
	e->known.programs = e->programs.len;
	e->known.steps = e->steps.len;
	e->known.fields = e->fields.len;
	for (i = 0; st == RP_OK && i < n; i++)
		st = e->literals[i].resolved ? guess_test(e, i)
					     : explain(e, i, err);
	return st;
}

struct rp_expr *
rp_expr_new(struct rp_zone *zone, int64_t now)
{
	struct rp_expr *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->zone = zone;
	e->now = now;
	return e;
}

enum rp_status
rp_expr_compile(struct rp_expr **expr, const char *text, struct rp_zone *zone,
    struct rp_error *err)
{
	struct rp_expr *e = rp_expr_new(zone, rp_time_now());
	enum rp_status st = RP_ERR_NOMEM;

	*expr = NULL;
	if (e != NULL && (st = rp_expr_parse(&e->syntax, text, err)) == RP_OK)
		st = rp_expr_build(e, err);
	if (st == RP_OK) {
		*expr = e;
		return RP_OK;
	}
	rp_expr_free(e);
	if (st == RP_ERR_NOMEM)
		return rp_error_set(err, st, "no memory for the expression");
	return st;
}

void
rp_expr_free(struct rp_expr *e)
{
	size_t i, n;

	if (e == NULL)
		return;
	n = e->syntax.tests.len / sizeof(struct expr_test);
	for (i = 0; e->literals != NULL && i < n; i++)
		free(e->literals[i].by_exp);
	free(e->literals);
	rp_expr_syntax_free(&e->syntax);
	rp_buffer_free(&e->fields);
	rp_buffer_free(&e->steps);
	rp_buffer_free(&e->programs);
	rp_buffer_free(&e->reached);
	rp_buffer_free(&e->memo);
	rp_buffer_free(&e->guesses);
	free(e);
}
