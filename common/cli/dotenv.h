/*
 * Variables of a file such as ".env", as shells and what starts containers
 * read it: a line is NAME=VALUE, behind "export" if one likes, or a comment
 * after #. In single quotes a value is what it is; in double quotes \n is a
 * newline, and \ takes their meaning from " \ $ and `; without quotes it ends
 * before blanks at the line's end, or before a blank and #. Nothing is
 * replaced by the values of other variables.
 */
#ifndef RP_CLI_DOTENV_H
#define RP_CLI_DOTENV_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

#define RP_DOTENV_MOST ((size_t)64 << 10) /* bytes of a file */

struct rp_dotenv {
	const char *file; /* its name, for messages */
	char *at, *end; /* what is still to be read */
	unsigned line; /* that was read last, from 1 */
	/* of it; valid as long as the text */
	const char *name, *value;
};

/* Of a text, which is changed, and with a zero byte behind it. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_dotenv_begin(struct rp_dotenv *d, const char *file,
    struct rp_buffer *text, struct rp_error *err);

/*
 * The next variable: RP_OK or RP_END. RP_ERR_USAGE: the line is none; its text,
 * which may be secret, is not told. The next call goes on with the next one.
 */
RP_CHECKED enum rp_status rp_dotenv_next(
    struct rp_dotenv *d, struct rp_error *err);

/* A value so that rp_dotenv_next reads it, and, unless it has control
 * characters, a shell. */
void rp_dotenv_quote(FILE *f, const char *value);

#endif
