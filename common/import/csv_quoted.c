#include "import/csv_quoted.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"

struct rp_csv_quoted {
	struct csv_parser parser;
	char delimiter;
	struct rp_buffer text; /* of the cells, behind each other */
	struct rp_buffer cells; /* struct rp_cell */
	bool no_memory;
};

/* A row is parsed as a whole: no character ends it. */
static int
no_term(unsigned char c)
{
	(void)c;
	return 0;
}

/* Make the parser as new. */
static void
reset(struct rp_csv_quoted *q)
{
	csv_free(&q->parser);
	csv_init(&q->parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_delim(&q->parser, (unsigned char)q->delimiter);
	csv_set_term_func(&q->parser, no_term);
}

struct rp_csv_quoted *
rp_csv_quoted_new(char delimiter)
{
	struct rp_csv_quoted *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->delimiter = delimiter;
	reset(q);
	return q;
}

void
rp_csv_quoted_free(struct rp_csv_quoted *q)
{
	if (q == NULL)
		return;
	csv_free(&q->parser);
	rp_buffer_free(&q->text);
	rp_buffer_free(&q->cells);
	free(q);
}

/* A cell; its text may still move. */
static void
on_cell(void *text, size_t len, void *arg)
{
	struct rp_csv_quoted *q = arg;
	const struct rp_cell cell = { NULL, len };

	q->no_memory |= rp_buffer_add(&q->text, text, len) != RP_OK ||
	    rp_buffer_add(&q->cells, &cell, sizeof(cell)) != RP_OK;
}

static void
on_row(int c, void *arg)
{
	(void)c;
	(void)arg;
}

enum rp_status
rp_csv_quoted_split(struct rp_csv_quoted *q, const char *text, size_t len,
    struct rp_cell **cells, size_t *n)
{
	const char *at;
	bool good;

	q->text.len = q->cells.len = 0;
	q->no_memory = rp_buffer_reserve(&q->text, len + 1) != RP_OK;
	good = csv_parse(&q->parser, text, len, on_cell, on_row, q) == len;
	good = good && csv_fini(&q->parser, on_cell, on_row, q) == 0;
	q->no_memory |= csv_error(&q->parser) == CSV_ENOMEM;
	if (!good)
		reset(q);
	if (q->no_memory)
		return RP_ERR_NOMEM;
	*cells = (struct rp_cell *)(void *)q->cells.data;
	*n = q->cells.len / sizeof(**cells);
	at = (const char *)q->text.data;
	for (size_t i = 0; i < *n; at += (*cells)[i++].len)
		(*cells)[i].text = at;
	return good ? RP_OK : RP_ERR_USAGE;
}
