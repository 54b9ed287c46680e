/*
 * The outputs of a sink that writes no stream: one, or, by a template such as
 * out-{type}.csv, one for each record type that comes. They get their names
 * together, after all of them have been written.
 */
#ifndef RP_CLI_SHEETS_H
#define RP_CLI_SHEETS_H

#include "cli/cli.h"
#include "columns/out.h"

struct rp_sheet {
	uint16_t type; /* 0: of all records */
	char *path; /* by the template, or NULL */
	struct rp_output file;
	struct rp_out out;
};

struct rp_sheets {
	struct rp_cli *cli;
	const char *path; /* of the only one; NULL: stdout */
	const char *template; /* or NULL */
	bool binary; /* the caller's to set: refuse a terminal */
	struct rp_sheet **sheet;
	size_t n;
};

/* Opens nothing yet. RP_ERR_USAGE: a path and a template, or a template with
 * an unknown key, or with none. */
RP_CHECKED enum rp_status rp_sheets_init(struct rp_sheets *s,
    struct rp_cli *cli, const char *path, const char *template);

/* The sheet of a type, opened when it is first asked for, and then fresh. */
RP_CHECKED enum rp_status rp_sheets_find(
    struct rp_sheets *s, uint16_t type, struct rp_sheet **sheet, bool *fresh);

/* Write out what is gathered: for rp_input.wait, with the sheets as arg. A
 * failure is kept for rp_sheets_close. */
int rp_sheets_flush(void *sheets);

/*
 * Write out and commit all if status is RP_OK, else discard them; counts the
 * bytes. Returns the status, or the first failure. Harmless twice, and on an
 * all-zero object.
 */
RP_CHECKED enum rp_status rp_sheets_close(
    struct rp_sheets *s, enum rp_status status);

#endif
