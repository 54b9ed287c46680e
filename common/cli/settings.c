#include "cli/settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/nearest.h"
#include "cli/dotenv.h"
#include "cli/values.h"

#define LONGEST 4096u /* bytes of a text */
#define MASK "***"

/* One text of a setting, and where it is from. */
struct source {
	const char *file; /* NULL: the environment, or the table */
	unsigned line;
	const char *text; /* NULL: it is not set */
};

/* ---- secrets ---- */

/* Where a URL says whose it is: behind its scheme. */
static const char *
authority(const char *url)
{
	const char *p = url;

	while (isalnum((unsigned char)*p) || *p == '+' || *p == '-')
		p++;
	return strncmp(p, "://", 3) == 0 ? p + 3 : url;
}

const char *
rp_url_mask(const char *url, char *buf, size_t size)
{
	const char *user = authority(url), *at = strrchr(user, '@');
	const char *colon = NULL;

	if (at != NULL)
		colon = memchr(user, ':', (size_t)(at - user));
	if (colon == NULL)
		return url;
	snprintf(buf, size, "%.*s:" MASK "%s", (int)(colon - url), url, at);
	return buf;
}

/* A text as it may be shown. */
static const char *
shown(const struct rp_setting *s, const char *text, char *buf, size_t size)
{
	if (s->kind == RP_SETTING_SECRET)
		return MASK;
	return s->kind == RP_SETTING_URL ? rp_url_mask(text, buf, size) : text;
}

/* ---- one text ---- */

static void RP_PRINTF(4, 5) wrong(struct rp_cli *cli,
    const struct rp_setting *s, const struct source *from, const char *fmt, ...)
{
	char why[200], text[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)rp_error_set(&cli->error, RP_ERR_USAGE, "%s=%.60s %s", s->name,
	    shown(s, from->text, text, sizeof(text)), why);
	if (from->file != NULL)
		rp_error_prefix(
		    &cli->error, "%s, line %u", from->file, from->line);
	rp_cli_go_on(cli, RP_ERR_USAGE);
}

static bool
store_count(
    struct rp_cli *cli, const struct rp_setting *s, const struct source *from)
{
	uint64_t n;

	if (rp_value_count(from->text, &n) && n >= s->least && n <= s->most) {
		*(uint64_t *)s->value = n;
		return true;
	}
	wrong(cli, s, from, "is not between %" PRIu64 " and %" PRIu64, s->least,
	    s->most);
	return false;
}

static bool
store_bool(
    struct rp_cli *cli, const struct rp_setting *s, const struct source *from)
{
	static const char *const words[] = { "false", "true", "no", "yes", "0",
		"1" };

	for (size_t i = 0; i < RP_LEN(words); i++)
		if (strcasecmp(from->text, words[i]) == 0) {
			*(bool *)s->value = i % 2 != 0;
			return true;
		}
	wrong(cli, s, from, "is neither true, yes or 1 nor false, no or 0");
	return false;
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool
store_text(
    struct rp_cli *cli, const struct rp_setting *s, const struct source *from)
{
	const char *p = from->text;

	while (*p != '\0' && !is_control(*p))
		p++;
	if (*p != '\0')
		wrong(cli, s, from, "has a control character");
	else if (p - from->text > LONGEST)
		wrong(cli, s, from, "is longer than %u bytes", LONGEST);
	else if (s->kind == RP_SETTING_WORD &&
	    !rp_value_word(from->text, s->words))
		wrong(cli, s, from, "is not one of %s", s->words);
	else {
		*(const char **)s->value = from->text;
		return true;
	}
	return false;
}

/* False: it is wrong, and was told. */
static bool
store(struct rp_cli *cli, const struct rp_setting *s, const struct source *from)
{
	switch (s->kind) {
	case RP_SETTING_COUNT:
		return store_count(cli, s, from);
	case RP_SETTING_BOOL:
		return store_bool(cli, s, from);
	default:
		return store_text(cli, s, from);
	}
}

/* ---- the file ---- */

static const struct rp_setting *
find(const struct rp_setting *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* A name that is nobody's may be a known one with a slip in it. */
static void
suspect(struct rp_cli *cli, const struct rp_setting *table, size_t n,
    const struct rp_dotenv *d)
{
	struct rp_nearest near;
	char hint[80];

	rp_nearest_init(&near, d->name, strlen(d->name));
	for (size_t i = 0; i < n; i++)
		rp_nearest_consider(&near, table[i].name);
	if (near.best == NULL || near.distance > 1)
		return;
	rp_nearest_say(&near, hint, sizeof(hint));
	rp_cli_warn(cli, "%s, line %u: nothing is called %s%s", d->file,
	    d->line, d->name, hint);
}

/* What a file says of the settings; found has one source each. */
static enum rp_status
scan(struct rp_cli *cli, struct rp_dotenv *d, const struct rp_setting *table,
    size_t n, struct source *found)
{
	const struct rp_setting *s;
	bool good = true;
	enum rp_status st;

	while ((st = rp_dotenv_next(d, &cli->error)) != RP_END) {
		if (st != RP_OK) {
			rp_cli_go_on(cli, st);
			good = false;
		} else if ((s = find(table, n, d->name)) != NULL) {
			found[s - table] =
			    (struct source){ d->file, d->line, d->value };
		} else {
			suspect(cli, table, n, d);
		}
	}
	return good ? RP_OK : RP_ERR_USAGE;
}

/* One that nobody asked for may not be there, or be a folder. */
static enum rp_status
read_file(struct rp_buffer *text, const char *path, bool asked_for,
    struct rp_error *err)
{
	struct stat is;

	if (!asked_for && (stat(path, &is) != 0 || S_ISDIR(is.st_mode)))
		return RP_OK;
	return rp_file_read(path, RP_DOTENV_MOST, text, err);
}

/* ---- all of them ---- */

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

/* found: what a file says of each, or NULL. */
static enum rp_status
store_all(struct rp_cli *cli, const struct rp_setting *table, size_t n,
    const struct source *found)
{
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		struct source from = { .text = getenv(table[i].name) };

		if (!is_set(from.text) && found != NULL)
			from = found[i];
		if (!is_set(from.text))
			from = (struct source){ .text = table[i].text };
		if (from.text != NULL)
			good &= store(cli, &table[i], &from);
	}
	return good ? RP_OK : RP_ERR_USAGE;
}

enum rp_status
rp_settings_of_environment(
    struct rp_cli *cli, const struct rp_setting *table, size_t n)
{
	return store_all(cli, table, n, NULL);
}

enum rp_status
rp_settings_read(struct rp_settings *s, struct rp_cli *cli,
    const struct rp_setting *table, size_t n, const char *env_file)
{
	const char *name = env_file != NULL ? env_file : ".env";
	struct source *found = calloc(n, sizeof(*found));
	struct rp_dotenv d;
	enum rp_status st;

	*s = (struct rp_settings){ 0 };
	if (found == NULL)
		return rp_error_no_memory(&cli->error);
	if ((st = read_file(&s->file, name, env_file != NULL, &cli->error)) ==
		RP_OK &&
	    (st = rp_dotenv_begin(&d, name, &s->file, &cli->error)) == RP_OK)
		st = scan(cli, &d, table, n, found);
	if ((st == RP_OK || st == RP_ERR_USAGE) &&
	    store_all(cli, table, n, found) != RP_OK)
		st = RP_ERR_USAGE;
	free(found);
	return st;
}

void
rp_settings_free(struct rp_settings *s)
{
	rp_buffer_free(&s->file);
}

/* ---- out again ---- */

static void
print_value(FILE *f, const struct rp_setting *s)
{
	char text[LONGEST + sizeof(MASK)];
	const char *value;

	switch (s->kind) {
	case RP_SETTING_COUNT:
		fprintf(f, "%" PRIu64, *(const uint64_t *)s->value);
		return;
	case RP_SETTING_BOOL:
		fputs(*(const bool *)s->value ? "true" : "false", f);
		return;
	default:
		value = *(const char *const *)s->value;
		if (value != NULL)
			rp_dotenv_quote(f, shown(s, value, text, sizeof(text)));
	}
}

void
rp_settings_print(FILE *f, const struct rp_setting *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].help != NULL)
			fprintf(f, "# %s\n", table[i].help);
		fprintf(f, "%s=", table[i].name);
		print_value(f, &table[i]);
		fputc('\n', f);
	}
}
