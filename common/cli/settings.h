/*
 * Settings by the names of environment variables, from a table: those of the
 * environment, then those of a file such as ".env" (cli/dotenv.h), then
 * defaults. One that is empty is not set.
 */
#ifndef RP_CLI_SETTINGS_H
#define RP_CLI_SETTINGS_H

#include "base/buffer.h"
#include "cli/cli.h"

/* What value points to. */
enum rp_setting_kind {
	RP_SETTING_TEXT, /* const char **; NULL: not set, and no default */
	RP_SETTING_URL, /* the same; a password in it is not shown */
	RP_SETTING_SECRET, /* the same; it is not shown */
	RP_SETTING_WORD, /* the same, one of words */
	RP_SETTING_COUNT, /* uint64_t *: from least to most, as 1000 or 4Mi */
	RP_SETTING_BOOL /* bool *: true, yes, 1 or false, no, 0 */
};

struct rp_setting {
	const char *name;
	enum rp_setting_kind kind;
	void *value;
	const char *text; /* the default, as it would be set; NULL: none */
	uint64_t least, most;
	const char *words; /* "none|lz4|zstd" */
	const char *help; /* a comment where they are printed, or NULL */
};

/* What values point into. All zero is valid. */
struct rp_settings {
	struct rp_buffer file;
};

/*
 * Read n settings; env_file NULL: ".env" if there is one. All that are wrong are
 * told, a line each, then RP_ERR_USAGE. Names in the file that are not in the
 * table are somebody else's, but those that are nearly are warned of. Else
 * RP_ERR_IO, RP_ERR_LIMIT, RP_ERR_NOMEM. Values are valid until the settings
 * are freed, or the environment is changed.
 */
RP_CHECKED enum rp_status rp_settings_read(struct rp_settings *s,
    struct rp_cli *cli, const struct rp_setting *table, size_t n,
    const char *env_file);
void rp_settings_free(struct rp_settings *s);

/* The same of the environment alone. */
RP_CHECKED enum rp_status rp_settings_of_environment(
    struct rp_cli *cli, const struct rp_setting *table, size_t n);

/* Print what the values are now, secrets masked, as a file of NAME=VALUE. */
void rp_settings_print(FILE *f, const struct rp_setting *table, size_t n);

/* "redis://user:***@host": a URL without its password: in buf, or itself. */
const char *rp_url_mask(const char *url, char *buf, size_t size);

#endif
