#include "cli/dotenv.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum rp_status
rp_dotenv_begin(struct rp_dotenv *d, const char *file, struct rp_buffer *text,
    struct rp_error *err)
{
	static const char bom[] = "\xef\xbb\xbf";
	char *begin;

	if (rp_buffer_add(text, "", 1) != RP_OK)
		return rp_error_no_memory(err);
	begin = (char *)text->data;
	*d = (struct rp_dotenv){ .file = file, .at = begin };
	d->end = begin + --text->len;
	if (strncmp(begin, bom, 3) == 0)
		d->at += 3;
	return RP_OK;
}

/* ---- one line ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *
skip_blanks(char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

static size_t
name_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return isdigit((unsigned char)*p) ? 0 : n;
}

/* Take the escapes out of a text in double quotes; what follows the closing
 * one, or NULL: there is none. */
static char *
unescape(char *p)
{
	char *to = p;

	while (*p != '"') {
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && p[1] == 'n') {
			*to++ = '\n';
			p += 2;
			continue;
		}
		if (*p == '\\' && p[1] != '\0' && strchr("\"\\$`", p[1]))
			p++;
		*to++ = *p++;
	}
	*to = '\0';
	return p + 1;
}

/* The same of one in single quotes. */
static char *
close_quote(char *p)
{
	if ((p = strchr(p, '\'')) == NULL)
		return NULL;
	*p = '\0';
	return p + 1;
}

/* Cut a comment off, and blanks before it. */
static void
cut(char *value)
{
	char *p = value;

	while (*p != '\0' && (*p != '#' || !is_blank(p[-1])))
		p++;
	while (p > value && is_blank(p[-1]))
		p--;
	*p = '\0';
}

/* What is wrong with a line, or NULL. */
static const char *
parse(struct rp_dotenv *d, char *p)
{
	static const char form[] = "is not NAME=VALUE";
	char *name, *equals, *rest;
	size_t n;

	if (strncmp(p, "export", 6) == 0 && is_blank(p[6]))
		p = skip_blanks(p + 6);
	name = p;
	if ((n = name_length(p)) == 0)
		return form;
	equals = skip_blanks(p + n);
	if (*equals != '=')
		return form;
	name[n] = '\0';
	p = skip_blanks(equals + 1);
	d->name = name;
	d->value = p;
	if (*p != '"' && *p != '\'') {
		cut(p);
		return NULL;
	}
	d->value = p + 1;
	rest = *p == '"' ? unescape(p + 1) : close_quote(p + 1);
	if (rest == NULL)
		return "a quote is not closed";
	p = skip_blanks(rest);
	if (*p != '\0' && (*p != '#' || p == rest))
		return "more stands behind the closing quote";
	return NULL;
}

/* ---- line by line ---- */

/* The next line without its end, NULL: it has a zero byte. */
static char *
next_line(struct rp_dotenv *d)
{
	char *line = d->at, *end;

	end = memchr(line, '\n', (size_t)(d->end - line));
	if (end == NULL)
		end = d->end;
	d->at = end < d->end ? end + 1 : end;
	d->line++;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return strlen(line) == (size_t)(end - line) ? skip_blanks(line) : NULL;
}

enum rp_status
rp_dotenv_next(struct rp_dotenv *d, struct rp_error *err)
{
	const char *why;
	char *line;

	while (d->at < d->end) {
		line = next_line(d);
		if (line != NULL && (*line == '\0' || *line == '#'))
			continue;
		why = line != NULL ? parse(d, line) : "has a zero byte";
		if (why == NULL)
			return RP_OK;
		return rp_error_set(err, RP_ERR_USAGE, "%s, line %u: %s",
		    d->file, d->line, why);
	}
	return RP_END;
}

void
rp_dotenv_quote(FILE *f, const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_-+=./:,@%";

	if (value[strspn(value, plain)] == '\0') {
		fputs(value, f);
	} else if (strpbrk(value, "'\n") == NULL) {
		fprintf(f, "'%s'", value);
	} else {
		fputc('"', f);
		for (; *value != '\0'; value++) {
			if (strchr("\"\\$`\n", *value) != NULL)
				fputc('\\', f);
			fputc(*value == '\n' ? 'n' : *value, f);
		}
		fputc('"', f);
	}
}
