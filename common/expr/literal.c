/* What literals stand for, and what was probably meant by those that are not. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
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

enum { LISTED_SETS = 16 }; /* of words, of one field in several types */

static bool
has_order(enum rp_kind kind)
{
	return kind != RP_KIND_ENUM && kind != RP_KIND_CHAR &&
	    kind != RP_KIND_FLAGS && kind != RP_KIND_RECORD_FLAGS;
}

static void
consider_fields(
    struct rp_nearest *s, const struct rp_field *fields, size_t n, bool ordered)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ordered || has_order(fields[i].kind))
			rp_nearest_consider(s, fields[i].name);
}

void
rp_expr_suggest_field(
    const struct expr_word *w, bool ordered, char *buf, size_t size)
{
	struct rp_nearest s;
	size_t i;

	rp_nearest_init(&s, w->text, w->len);
	consider_fields(&s, rp_header_fields, RP_HEADER_FIELDS, ordered);
	for (i = 0; i < rp_n_types; i++)
		consider_fields(
		    &s, rp_types[i]->fields, rp_types[i]->n_fields, ordered);
	rp_nearest_say(&s, buf, size);
}

void
rp_expr_suggest_type(const struct expr_word *w, char *buf, size_t size)
{
	struct rp_nearest s;
	size_t i;

	rp_nearest_init(&s, w->text, w->len);
	for (i = 0; i < rp_n_types; i++)
		rp_nearest_consider(&s, rp_types[i]->name);
	rp_nearest_say(&s, buf, size);
}

/* The words of the field that has a name in a type. */
static const struct rp_word *
words_of(const struct rp_type *t, const char *name, uint16_t *n)
{
	struct rp_field field = { 0 };

	if (!rp_type_field(t, name, strlen(name), &field))
		field.n_words = 0;
	*n = field.n_words;
	return field.words;
}

/* "normal, bust, correction" */
static void
join(char *buf, size_t size, const struct rp_word *words, uint16_t n)
{
	size_t i, used = 0;

	for (i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
		    i > 0 ? ", " : "", words[i].word);
}

/* ": it has normal, bust; or set, delta", as far as there is room. */
static void
list_words(const char *field, char *buf, size_t size)
{
	const struct rp_word *words, *told[LISTED_SETS];
	char joined[160];
	size_t i, k, n = 0, used = 0;
	uint16_t n_words;

	for (i = 0; i < rp_n_types && n < LISTED_SETS; i++) {
		words = words_of(rp_types[i], field, &n_words);
		for (k = 0; k < n && told[k] != words; k++)
			;
		if (n_words == 0 || k < n)
			continue;
		join(joined, sizeof(joined), words, n_words);
		if (used + strlen(joined) + 32 > size) {
			snprintf(buf + used, size - used,
			    "; and more in rp-types(5)");
			return;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
		    n == 0 ? ": it has " : "; or ", joined);
		told[n++] = words;
	}
}

void
rp_expr_suggest_word(const struct expr_word *w, const struct rp_field *field,
    char *buf, size_t size)
{
	const struct rp_word *words;
	struct rp_nearest s;
	uint16_t n;

	rp_nearest_init(&s, w->text, w->len);
	for (size_t i = 0; i < rp_n_types; i++) {
		words = words_of(rp_types[i], field->name, &n);
		for (uint16_t j = 0; j < n; j++)
			rp_nearest_consider(&s, words[j].word);
	}
	rp_nearest_say(&s, buf, size);
	if (s.best == NULL)
		list_words(field->name, buf, size);
}
