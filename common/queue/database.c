#include "queue/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	STATEMENTS = 48, /* of all files together; their number is known */
	PATIENCE_MS = 30000,
	MAX_VALUE = 32 << 20 /* bytes of a value: a window of 100,000 jobs */
};

struct rp_sql {
	struct rp_database *db;
	const char *text; /* NULL: not in use */
	sqlite3_stmt *statement;
	int arguments; /* so far */
	int failed; /* with this result */
};

struct rp_database {
	sqlite3 *handle;
	char *path;
	bool durable; /* as commits are now */
	struct rp_sql statements[STATEMENTS];
};

/* ---- errors ---- */

static enum rp_status
class_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return RP_ERR_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return RP_ERR_REMOTE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* tables are not those that we know */
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_SCHEMA:
		return RP_ERR_CORRUPT;
	default:
		return RP_ERR_IO;
	}
}

static enum rp_status
failed(struct rp_database *db, int result, struct rp_error *err)
{
	const enum rp_status st = class_of(result);
	const int number = sqlite3_system_errno(db->handle);

	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(err);
	if (st == RP_ERR_REMOTE)
		return rp_error_set(err, st,
		    "%s: another process has kept it locked for %d s", db->path,
		    PATIENCE_MS / 1000);
	if (st == RP_ERR_CORRUPT)
		return rp_error_set(err, st, "%s: no queue, or damaged: %s",
		    db->path, sqlite3_errmsg(db->handle));
	return rp_error_set(err, st, "%s: %s%s%s", db->path,
	    sqlite3_errstr(result), number != 0 ? ": " : "",
	    number != 0 ? strerror(number) : "");
}

/* ---- life ---- */

/* Transactions are short: look again soon. */
static int
wait_for_lock(void *arg, int times)
{
	const struct timespec pause = { 0, 1000000 };

	(void)arg;
	(void)nanosleep(&pause, NULL);
	return times < PATIENCE_MS;
}

/* What a file may ask for that is not ours: nothing. */
static void
distrust(sqlite3 *handle)
{
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, MAX_VALUE);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

static enum rp_status
open_file(struct rp_database *db, struct rp_error *err)
{
	char *name;
	int result;

	/* what begins with a scheme would be a URI */
	if (asprintf(&name, "%s%s", *db->path == '/' ? "" : "./", db->path) < 0)
		return rp_error_no_memory(err);
	result = sqlite3_open_v2(name, &db->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_EXRESCODE,
	    NULL);
	free(name);
	if (db->handle == NULL)
		return rp_error_no_memory(err);
	if (result != SQLITE_OK)
		return failed(db, result, err);
	distrust(db->handle);
	sqlite3_busy_handler(db->handle, wait_for_lock, NULL);
	db->durable = true;
	return rp_database_run(
	    db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", err);
}

enum rp_status
rp_database_open(
    struct rp_database **out, const char *path, struct rp_error *err)
{
	struct rp_database *db = calloc(1, sizeof(*db));
	enum rp_status st = RP_OK;

	*out = NULL;
	if (db == NULL || (db->path = strdup(path)) == NULL)
		st = rp_error_no_memory(err);
	if (st == RP_OK)
		st = open_file(db, err);
	if (st == RP_OK)
		*out = db;
	else
		rp_database_close(db);
	return st;
}

void
rp_database_close(struct rp_database *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->statements[i].statement);
	sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

enum rp_status
rp_database_run(
    struct rp_database *db, const char *statements, struct rp_error *err)
{
	int result = sqlite3_exec(db->handle, statements, NULL, NULL, NULL);

	return result == SQLITE_OK ? RP_OK : failed(db, result, err);
}

/* ---- transactions ---- */

enum rp_status
rp_database_begin(
    struct rp_database *db, enum rp_access access, struct rp_error *err)
{
	const bool durable = access == RP_ACCESS_DURABLE;
	enum rp_status st = RP_OK;

	if (access == RP_ACCESS_READ)
		return rp_database_run(db, "BEGIN", err);
	if (durable != db->durable) {
		st = rp_database_run(db,
		    durable ? "PRAGMA synchronous=FULL"
			    : "PRAGMA synchronous=NORMAL",
		    err);
		db->durable = durable;
	}
	return st == RP_OK ? rp_database_run(db, "BEGIN IMMEDIATE", err) : st;
}

enum rp_status
rp_database_end(struct rp_database *db, enum rp_status st, struct rp_error *err)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_reset(db->statements[i].statement);
	if (st == RP_OK)
		st = rp_database_run(db, "COMMIT", err);
	/* some failures have rolled back already */
	if (st != RP_OK && !sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return st;
}

/* ---- statements ---- */

/* Its place, or a free one. */
static struct rp_sql *
place_of(struct rp_database *db, const char *text)
{
	size_t i = 0;

	while (i < STATEMENTS - 1 && db->statements[i].text != NULL &&
	    db->statements[i].text != text)
		i++;
	return &db->statements[i];
}

struct rp_sql *
rp_sql(struct rp_database *db, const char *text)
{
	struct rp_sql *s = place_of(db, text);

	s->db = db;
	s->arguments = 0;
	s->failed = SQLITE_OK;
	if (s->text == text && s->statement != NULL) {
		sqlite3_reset(s->statement);
		return s;
	}
	sqlite3_finalize(s->statement);
	s->text = text;
	s->failed = sqlite3_prepare_v3(db->handle, text, -1,
	    SQLITE_PREPARE_PERSISTENT, &s->statement, NULL);
	return s;
}

static void
bound(struct rp_sql *s, int result)
{
	if (s->failed == SQLITE_OK)
		s->failed = result;
}

void
rp_sql_number(struct rp_sql *s, int64_t number)
{
	bound(s, sqlite3_bind_int64(s->statement, ++s->arguments, number));
}

void
rp_sql_text(struct rp_sql *s, const char *text)
{
	bound(s,
	    sqlite3_bind_text(
		s->statement, ++s->arguments, text, -1, SQLITE_STATIC));
}

void
rp_sql_bytes(struct rp_sql *s, const void *bytes, size_t len)
{
	/* NULL would be no value, not an empty one */
	bound(s,
	    sqlite3_bind_blob64(s->statement, ++s->arguments,
		len > 0 ? bytes : "", len, SQLITE_STATIC));
}

enum rp_status
rp_sql_next(struct rp_sql *s, struct rp_error *err)
{
	int result = s->failed;
	enum rp_status st;

	if (result == SQLITE_OK)
		result = sqlite3_step(s->statement);
	if (result == SQLITE_ROW)
		return RP_OK;
	st = result == SQLITE_DONE ? RP_END : failed(s->db, result, err);
	sqlite3_reset(s->statement);
	return st;
}

enum rp_status
rp_sql_run(struct rp_sql *s, uint64_t *changed, struct rp_error *err)
{
	enum rp_status st = rp_sql_next(s, err);

	if (changed != NULL)
		*changed = (uint64_t)sqlite3_changes64(s->db->handle);
	sqlite3_reset(s->statement);
	return st == RP_END ? RP_OK : st;
}

int64_t
rp_sql_get_number(const struct rp_sql *s, int column)
{
	return sqlite3_column_int64(s->statement, column);
}

const char *
rp_sql_get_text(const struct rp_sql *s, int column, size_t *len)
{
	const char *text =
	    (const char *)sqlite3_column_text(s->statement, column);

	if (len != NULL)
		*len = (size_t)sqlite3_column_bytes(s->statement, column);
	return text != NULL ? text : "";
}

bool
rp_sql_is_null(const struct rp_sql *s, int column)
{
	return sqlite3_column_type(s->statement, column) == SQLITE_NULL;
}

const char *
rp_database_version(void)
{
	static const char name[] = "libsqlite " SQLITE_VERSION;

	return name;
}
