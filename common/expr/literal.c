/* What literals stand for, and what was probably meant by those that are not. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "expr/program.h"

/* ---- numbers ---- */

/* beyond any field that is compared by intervals */
#define FAR ((__int128)1 << 126)

/* *m x 10^shift, rounded down; beyond 128 bits FAR. */
static bool
scale(__int128 *m, int shift)
{
	bool exact = true, negative = *m < 0;

	for (; shift > 0 && *m != 0; shift--)
		if (__builtin_mul_overflow(*m, 10, m)) {
			*m = negative ? -FAR : FAR;
			return true;
		}
	for (; shift < 0 && *m != 0; shift++) {
		int rest = (int)(*m % 10);

		*m = *m / 10 - (rest < 0);
		exact = exact && rest == 0;
		if (*m == -1 && !exact)
			break;
	}
	return exact;
}

struct wide_interval
rp_expr_interval(enum expr_op op, __int128 mantissa, int exp, int unit)
{
	struct wide_interval i = { -FAR, FAR };
	__int128 floor = mantissa;
	bool exact = scale(&floor, exp - unit);

	switch (op) {
	case EXPR_LT:
		i.hi = exact ? floor - 1 : floor;
		break;
	case EXPR_LE:
		i.hi = floor;
		break;
	case EXPR_GT:
		i.lo = floor + 1;
		break;
	case EXPR_GE:
		i.lo = exact ? floor : floor + 1;
		break;
	default:
		i.lo = floor;
		i.hi = exact ? floor : floor - 1;
	}
	return i;
}

bool
rp_expr_order(enum expr_op op, int order)
{
	switch (op) {
	case EXPR_EQ:
		return order == 0;
	case EXPR_NE:
		return order != 0;
	case EXPR_LT:
		return order < 0;
	case EXPR_LE:
		return order <= 0;
	case EXPR_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* ---- suggestions ---- */

#define LONGEST 32 /* of what is compared with what was written */

struct suggestion {
	const struct expr_word *word;
	const char *best;
	unsigned distance;
};

/* Edits that turn one text into the other, letters' case aside. */
static unsigned
distance_of(const char *a, size_t n, const char *b, size_t m)
{
	unsigned row[LONGEST + 1], corner, above;
	size_t i, j;

	for (j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		corner = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			above = row[j];
			corner += strncasecmp(&a[i - 1], &b[j - 1], 1) != 0;
			if (above + 1 < corner)
				corner = above + 1;
			if (row[j - 1] + 1 < corner)
				corner = row[j - 1] + 1;
			row[j] = corner;
			corner = above;
		}
	}
	return row[m];
}

static void
consider(struct suggestion *s, const char *name)
{
	size_t len = strlen(name);
	unsigned d;

	if (s->word->len > LONGEST || len > LONGEST)
		return;
	d = distance_of(s->word->text, s->word->len, name, len);
	if (d < s->distance && 2 * d <= s->word->len) {
		s->distance = d;
		s->best = name;
	}
}

static void
suggest(const struct suggestion *s, char *buf, size_t size)
{
	*buf = '\0';
	if (s->best != NULL)
		snprintf(buf, size, "; did you mean \"%s\"?", s->best);
}

static bool
has_order(enum rp_kind kind)
{
	return kind != RP_KIND_ENUM && kind != RP_KIND_CHAR &&
	    kind != RP_KIND_FLAGS && kind != RP_KIND_RECORD_FLAGS;
}

static void
consider_fields(
    struct suggestion *s, const struct rp_field *fields, size_t n, bool ordered)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ordered || has_order(fields[i].kind))
			consider(s, fields[i].name);
}

void
rp_expr_suggest_field(
    const struct expr_word *w, bool ordered, char *buf, size_t size)
{
	struct suggestion s = { .word = w, .distance = 3 };
	size_t i;

	consider_fields(&s, rp_header_fields, RP_HEADER_FIELDS, ordered);
	for (i = 0; i < rp_n_types; i++)
		consider_fields(
		    &s, rp_types[i]->fields, rp_types[i]->n_fields, ordered);
	suggest(&s, buf, size);
}

void
rp_expr_suggest_type(const struct expr_word *w, char *buf, size_t size)
{
	struct suggestion s = { .word = w, .distance = 3 };
	size_t i;

	for (i = 0; i < rp_n_types; i++)
		consider(&s, rp_types[i]->name);
	suggest(&s, buf, size);
}

void
rp_expr_suggest_word(const struct expr_word *w, const struct rp_field *field,
    char *buf, size_t size)
{
	struct suggestion s = { .word = w, .distance = 3 };
	size_t i, n = 0;

	for (i = 0; i < field->n_words; i++)
		consider(&s, field->words[i].word);
	suggest(&s, buf, size);
	if (s.best != NULL)
		return;
	for (i = 0; i < field->n_words && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s",
		    i == 0 ? ": it has " : ", ", field->words[i].word);
}
