#include "parquet/options.h"

#include <fnmatch.h>
#include <string.h>

#include "base/bytes.h"
#include "parquet/chunk.h"
#include "parquet/encode.h"

static const struct {
	const char *word;
	enum rp_parquet_encoding encoding;
} words[] = {
	{ "auto", RP_PARQUET_MEASURED },
	{ "plain", RP_PARQUET_PLAIN },
	{ "dict", RP_PARQUET_DICT },
	{ "delta", RP_PARQUET_DELTA },
	{ "delta-length", RP_PARQUET_DELTA_LENGTH },
};

struct given {
	const char *text; /* as given */
	char columns[64]; /* a pattern; "": all that can have it */
	enum rp_parquet_encoding encoding;
	bool used;
};

static struct given *
given(const struct rp_parquet_options *o, size_t *n)
{
	*n = o->encodings.len / sizeof(struct given);
	return (struct given *)(void *)o->encodings.data;
}

static bool
find_word(const char *word, enum rp_parquet_encoding *encoding)
{
	for (size_t i = 0; i < RP_LEN(words); i++)
		if (strcmp(word, words[i].word) == 0) {
			*encoding = words[i].encoding;
			return true;
		}
	return false;
}

enum rp_status
rp_parquet_encode(
    struct rp_parquet_options *o, const char *text, struct rp_error *err)
{
	const char *equals = strrchr(text, '=');
	struct given g = { .text = text };
	size_t len = equals != NULL ? (size_t)(equals - text) : 0;

	if (equals == text || len >= sizeof(g.columns) ||
	    !find_word(equals != NULL ? equals + 1 : text, &g.encoding))
		return rp_error_set(err, RP_ERR_USAGE,
		    "--encoding %s: is COLUMN=ENCODING or ENCODING: auto, "
		    "plain, dict, delta or delta-length",
		    text);
	memcpy(g.columns, text, len);
	if (rp_buffer_add(&o->encodings, &g, sizeof(g)) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	return RP_OK;
}

const char *
rp_parquet_encoding_unused(const struct rp_parquet_options *o)
{
	struct given *g;
	size_t n;

	g = given(o, &n);
	for (size_t i = 0; i < n; i++)
		if (!g[i].used)
			return g[i].text;
	return NULL;
}

static bool
is_for(const struct given *g, const char *name)
{
	return g->columns[0] == '\0' || fnmatch(g->columns, name, 0) == 0;
}

static bool
can_have(const struct rp_storage *s, enum rp_parquet_encoding encoding)
{
	return encoding == RP_PARQUET_MEASURED || rp_encoding_fits(s, encoding);
}

enum rp_status
rp_parquet_encoding_of(struct rp_parquet_options *o, const struct rp_column *c,
    enum rp_parquet_encoding *encoding, struct rp_error *err)
{
	const struct rp_storage s = rp_storage_of(c);
	char name[256];
	struct given *g;
	size_t n, len = c->name_len < 255 ? c->name_len : 255;

	memcpy(name, c->name, len);
	name[len] = '\0';
	if (c->kind == RP_COLUMN_LEVELS)
		return rp_error_set(
		    err, RP_ERR_UNSUPPORTED, "column %s: is a list", name);
	*encoding = RP_PARQUET_MEASURED;
	g = given(o, &n);
	for (size_t i = 0; i < n; i++, g++) {
		if (!is_for(g, name))
			continue;
		if (can_have(&s, g->encoding)) {
			*encoding = g->encoding;
			g->used = true;
		} else if (g->columns[0] != '\0') {
			return rp_error_set(err, RP_ERR_USAGE,
			    "--encoding %s: column %s cannot have it", g->text,
			    name);
		}
	}
	return RP_OK;
}
