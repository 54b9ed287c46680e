#include "cli/json.h"

#include <inttypes.h>
#include <string.h>

static void
quoted(FILE *f, const char *s, size_t len)
{
	putc('"', f);
	for (; len > 0; s++, len--) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			fprintf(f, "\\u%04x", (unsigned)*s);
		else
			putc(*s, f);
	}
	putc('"', f);
}

static void
begin(struct rp_json *j, const char *key)
{
	if (j->more)
		putc(',', j->f);
	j->more = true;
	if (key == NULL)
		return;
	quoted(j->f, key, strlen(key));
	putc(':', j->f);
}

void
rp_json_open(struct rp_json *j, const char *key)
{
	begin(j, key);
	putc('{', j->f);
	j->more = false;
	j->depth++;
}

void
rp_json_close(struct rp_json *j)
{
	putc('}', j->f);
	j->more = --j->depth > 0;
	if (j->depth == 0)
		putc('\n', j->f);
}

void
rp_json_array(struct rp_json *j, const char *key)
{
	begin(j, key);
	putc('[', j->f);
	j->more = false;
	j->depth++;
}

void
rp_json_array_close(struct rp_json *j)
{
	putc(']', j->f);
	j->more = true;
	j->depth--;
}

void
rp_json_bytes(struct rp_json *j, const char *key, const char *text, size_t len)
{
	begin(j, key);
	quoted(j->f, text, len);
}

void
rp_json_text(struct rp_json *j, const char *key, const char *text)
{
	rp_json_bytes(j, key, text, strlen(text));
}

void
rp_json_u64(struct rp_json *j, const char *key, uint64_t v)
{
	begin(j, key);
	fprintf(j->f, j->numbers ? "%" PRIu64 : "\"%" PRIu64 "\"", v);
}

void
rp_json_i64(struct rp_json *j, const char *key, int64_t v)
{
	begin(j, key);
	fprintf(j->f, j->numbers ? "%" PRId64 : "\"%" PRId64 "\"", v);
}

void
rp_json_double(struct rp_json *j, const char *key, double v, int decimals)
{
	begin(j, key);
	fprintf(j->f, "%.*f", decimals, v);
}

void
rp_json_bool(struct rp_json *j, const char *key, bool v)
{
	begin(j, key);
	fputs(v ? "true" : "false", j->f);
}

void
rp_json_hash(struct rp_json *j, const char *key, uint64_t v)
{
	begin(j, key);
	fprintf(j->f, "\"%016" PRIx64 "\"", v);
}
