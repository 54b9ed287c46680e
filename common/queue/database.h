/*
 * An SQLite database: statements that are prepared once, in transactions of
 * one process among several.
 */
#ifndef RP_QUEUE_DATABASE_H
#define RP_QUEUE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_database;

/*
 * Errors of all below: RP_ERR_CORRUPT: it is damaged, or not as its statements
 * want it; RP_ERR_IO; RP_ERR_NOMEM; RP_ERR_REMOTE: another process has kept it
 * to itself for 30 s. Each names the file.
 */

/* Open the database at path, to read and write; it is made if it is not
 * there. */
RP_CHECKED enum rp_status rp_database_open(
    struct rp_database **out, const char *path, struct rp_error *err);
void rp_database_close(struct rp_database *db);

/* Run statements that have neither arguments nor rows. */
RP_CHECKED enum rp_status rp_database_run(
    struct rp_database *db, const char *statements, struct rp_error *err);

/* ---- transactions ---- */

enum rp_access {
	RP_ACCESS_READ,
	RP_ACCESS_WRITE, /* alone; if power fails it may be forgotten */
	RP_ACCESS_DURABLE /* alone, and on disk when it ends */
};

RP_CHECKED enum rp_status rp_database_begin(
    struct rp_database *db, enum rp_access access, struct rp_error *err);

/* Commit if st is RP_OK, else take all back; returns st, or why it failed. */
RP_CHECKED enum rp_status rp_database_end(
    struct rp_database *db, enum rp_status st, struct rp_error *err);

/* ---- statements ---- */

struct rp_sql;

/* A statement that stands at text, which is a literal, to begin with; then its
 * arguments in their order, which are not copied. What is wrong with them is
 * told by rp_sql_next. */
struct rp_sql *rp_sql(struct rp_database *db, const char *text);
void rp_sql_number(struct rp_sql *s, int64_t number);
void rp_sql_text(struct rp_sql *s, const char *text);
void rp_sql_bytes(struct rp_sql *s, const void *bytes, size_t len);

/* The next row; RP_END: there is none, and the statement may begin anew. */
RP_CHECKED enum rp_status rp_sql_next(struct rp_sql *s, struct rp_error *err);

/* The same for one that has no rows, or whose first one is enough: *changed
 * rows, unless it is NULL. */
RP_CHECKED enum rp_status rp_sql_run(
    struct rp_sql *s, uint64_t *changed, struct rp_error *err);

/* Columns of the row, until the next: 0 and "" if there is none. */
int64_t rp_sql_get_number(const struct rp_sql *s, int column);
/* It ends with a zero byte; len may be NULL. */
const char *rp_sql_get_text(const struct rp_sql *s, int column, size_t *len);
bool rp_sql_is_null(const struct rp_sql *s, int column);

/* "libsqlite 3.40.1", as compiled in. */
const char *rp_database_version(void);

#endif
