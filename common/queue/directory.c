#include "queue/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

enum {
	VERSION = 1,
	SEQ_BITS = 20, /* a million entries a ms */
	LOCK_MS = 10000 /* that a lock is waited for */
};

/*
 * job: owner is 0 while it waits, else the consumer that it was delivered to,
 * and since when that has it, in ms of the monotonic clock.
 * held: who works on a job by its id, and until when unless it renews that;
 * the window that it is in; when it was taken from whom.
 */
static const char schema[] =
    "CREATE TABLE entry(last INTEGER NOT NULL);"
    "INSERT INTO entry VALUES(0);"
    "CREATE TABLE job(entry INTEGER PRIMARY KEY, payload BLOB NOT NULL,"
    "  times INTEGER NOT NULL DEFAULT 0, owner INTEGER NOT NULL DEFAULT 0,"
    "  since INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX job_owner ON job(owner, since);"
    "CREATE TABLE queued(id TEXT PRIMARY KEY, entry INTEGER NOT NULL,"
    "  until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX queued_until ON queued(until);"
    "CREATE TABLE done(id TEXT PRIMARY KEY, result TEXT NOT NULL,"
    "  until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX done_until ON done(until);"
    "CREATE TABLE held(id TEXT PRIMARY KEY, owner INTEGER NOT NULL,"
    "  until INTEGER NOT NULL, window TEXT NOT NULL DEFAULT '',"
    "  history TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE window(name TEXT PRIMARY KEY, members TEXT NOT NULL)"
    "  WITHOUT ROWID;"
    "CREATE TABLE dead(entry INTEGER PRIMARY KEY, dlq TEXT NOT NULL,"
    "  id TEXT NOT NULL, reason TEXT NOT NULL, payload BLOB NOT NULL,"
    "  job INTEGER NOT NULL, deliveries INTEGER NOT NULL,"
    "  consumer TEXT NOT NULL, history TEXT NOT NULL);"
    "CREATE INDEX dead_id ON dead(id);"
    "PRAGMA user_version=1";

/* ---- where it is ---- */

const char *
rp_directory_of(const char *url)
{
	static const char scheme[] = "file://";

	if (strncmp(url, scheme, sizeof(scheme) - 1) == 0)
		return url + sizeof(scheme) - 1;
	return strstr(url, "://") == NULL ? url : NULL;
}

static enum rp_status
set_paths(struct rp_directory *d, const struct rp_queue_options *options,
    struct rp_error *err)
{
	const char *dir = rp_directory_of(options->url), *name = options->name;
	bool here = strcmp(dir, ".") == 0;
	bool slash = *dir != '\0' && dir[strlen(dir) - 1] == '/';

	if (*dir == '\0')
		return rp_error_set(
		    err, RP_ERR_USAGE, "the queue's directory has no name");
	if (*name == '\0' || strchr(name, '/') != NULL ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return rp_error_set(err, RP_ERR_USAGE,
		    "queue '%s': in a directory its name is one of a file",
		    name);
	if (asprintf(&d->path, "%s%s%s", here ? "" : dir,
		here || slash ? "" : "/", name) < 0)
		d->path = NULL;
	if (d->path == NULL || asprintf(&d->file, "%s/queue.db", d->path) < 0)
		d->file = NULL;
	return d->file != NULL ? RP_OK : rp_error_no_memory(err);
}

/* ---- locks ---- */

static struct flock
byte_of(short type, int64_t byte)
{
	return (struct flock){ .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1 };
}

/* Who holds it does so for a step: one that was stopped in it is not waited for
 * without end. */
static enum rp_status
set_lock(struct rp_directory *d, short type, int64_t byte, struct rp_error *err)
{
	struct flock lock = byte_of(type, byte);
	const int64_t until = rp_directory_ms() + LOCK_MS;

	while (fcntl(d->lock, F_OFD_SETLK, &lock) != 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return rp_error_errno(err, "%s/lock", d->path);
		if (rp_directory_ms() >= until)
			return rp_error_set(err, RP_ERR_REMOTE,
			    "%s/lock: somebody holds it for %d s", d->path,
			    LOCK_MS / 1000);
		(void)usleep(1000);
	}
	return RP_OK;
}

int64_t
rp_directory_number(const char *name)
{
	/* above 0, and with room for a byte behind it */
	return (int64_t)(rp_hash(name, strlen(name)) >> 2 | 1);
}

enum rp_status
rp_directory_join(
    struct rp_directory *d, int64_t consumer, struct rp_error *err)
{
	return set_lock(d, F_RDLCK, consumer, err);
}

bool
rp_directory_is_alive(const struct rp_directory *d, int64_t consumer)
{
	struct flock lock;

	if (consumer <= 0 || consumer == INT64_MAX)
		return false;
	lock = byte_of(F_WRLCK, consumer);
	/* whoever cannot be asked about is left its jobs until they are due */
	return fcntl(d->lock, F_OFD_GETLK, &lock) != 0 ||
	    lock.l_type != F_UNLCK;
}

/* ---- life ---- */

static enum rp_status
make_directory(struct rp_directory *d, struct rp_error *err)
{
	if (mkdir(d->path, 0777) == 0)
		return rp_parent_sync(d->path, err);
	return errno == EEXIST ? RP_OK : rp_error_errno(err, "%s", d->path);
}

static enum rp_status
open_lock(struct rp_directory *d, struct rp_error *err)
{
	char *path;
	enum rp_status st = RP_OK;

	if (asprintf(&path, "%s/lock", d->path) < 0)
		return rp_error_no_memory(err);
	d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (d->lock < 0)
		st = rp_error_errno(err, "%s", path);
	free(path);
	return st;
}

/* The tables, if the file is new. */
static enum rp_status
make_tables(struct rp_directory *d, struct rp_error *err)
{
	struct rp_sql *s;
	int64_t version;
	enum rp_status st = rp_database_begin(d->db, RP_ACCESS_DURABLE, err);

	if (st != RP_OK)
		return st;
	s = rp_sql(d->db, "PRAGMA user_version");
	if ((st = rp_sql_next(s, err)) == RP_OK) {
		version = rp_sql_get_number(s, 0);
		if (version == 0)
			st = rp_database_run(d->db, schema, err);
		else if (version != VERSION)
			st = rp_error_set(err, RP_ERR_UNSUPPORTED,
			    "%s: a queue of version %" PRId64 ", not %d",
			    d->file, version, VERSION);
	}
	return rp_database_end(d->db, st, err);
}

/* Whether the file is still the one that is open. */
static bool
is_in_place(const struct rp_directory *d)
{
	struct stat sb;

	return stat(d->file, &sb) == 0 && sb.st_dev == d->device &&
	    sb.st_ino == d->inode;
}

static enum rp_status
open_file(struct rp_directory *d, struct rp_error *err)
{
	struct stat sb;
	enum rp_status st;

	/* SQLite would grant others less than the umask does */
	if (mknod(d->file, S_IFREG | 0666, 0) != 0 && errno != EEXIST)
		return rp_error_errno(err, "%s", d->file);
	st = rp_database_open(&d->db, d->file, err);
	if (st == RP_OK && stat(d->file, &sb) != 0)
		st = rp_error_errno(err, "%s", d->file);
	if (st != RP_OK)
		return st;
	d->device = sb.st_dev;
	d->inode = sb.st_ino;
	if ((st = make_tables(d, err)) == RP_OK)
		st = rp_directory_sync(d->path, err);
	return st;
}

enum rp_status
rp_directory_open(struct rp_directory *d,
    const struct rp_queue_options *options, bool make, struct rp_error *err)
{
	enum rp_status st;

	if (d->db != NULL)
		return RP_OK;
	*d = (struct rp_directory){ .lock = -1 };
	if ((st = set_paths(d, options, err)) != RP_OK)
		goto out;
	if (!make && access(d->file, F_OK) != 0 && errno == ENOENT)
		st = RP_EMPTY;
	else if ((st = make_directory(d, err)) == RP_OK &&
	    (st = open_lock(d, err)) == RP_OK &&
	    (st = set_lock(d, F_WRLCK, 0, err)) == RP_OK) {
		st = open_file(d, err);
		if (st == RP_OK)
			st = set_lock(d, F_UNLCK, 0, err);
	}
out:
	if (st != RP_OK)
		rp_directory_close(d);
	return st;
}

void
rp_directory_close(struct rp_directory *d)
{
	rp_database_close(d->db);
	/* a directory that was never opened is all zero */
	if (d->path != NULL && d->lock >= 0)
		close(d->lock);
	free(d->path);
	free(d->file);
	*d = (struct rp_directory){ .lock = -1 };
}

/* ---- transactions ---- */

enum rp_status
rp_directory_begin(
    struct rp_directory *d, enum rp_access access, struct rp_error *err)
{
	enum rp_status st = rp_database_begin(d->db, access, err);

	if (st != RP_OK || is_in_place(d))
		return st;
	st = rp_error_set(
	    err, RP_ERR_REMOTE, "%s: was removed or replaced", d->file);
	rp_directory_close(d);
	return st;
}

enum rp_status
rp_directory_end(
    struct rp_directory *d, enum rp_status st, struct rp_error *err)
{
	return rp_database_end(d->db, st, err);
}

/* ---- entries ---- */

void
rp_entry_write(char text[static RP_ENTRY_ROOM], int64_t entry)
{
	snprintf(text, RP_ENTRY_ROOM, "%" PRId64 "-%" PRId64, entry >> SEQ_BITS,
	    entry & ((1 << SEQ_BITS) - 1));
}

int64_t
rp_entry_read(const char *text)
{
	char back[RP_ENTRY_ROOM];
	int64_t ms, seq, entry;

	if (sscanf(text, "%" SCNd64 "-%" SCNd64, &ms, &seq) != 2 || ms < 0 ||
	    ms > INT64_MAX >> SEQ_BITS || seq < 0 || seq >> SEQ_BITS != 0)
		return -1;
	entry = ms << SEQ_BITS | seq;
	rp_entry_write(back, entry);
	return strcmp(text, back) == 0 ? entry : -1;
}

int64_t
rp_directory_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
rp_directory_ms(void)
{
	return rp_clock_monotonic() / 1000000;
}

int64_t
rp_entry_after(int64_t last)
{
	struct timespec now;
	int64_t entry;

	clock_gettime(CLOCK_REALTIME, &now);
	entry = ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000)
	    << SEQ_BITS;
	/* also when the clock went back */
	return entry > last ? entry : last + 1;
}

enum rp_status
rp_directory_last(struct rp_directory *d, int64_t *last, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(d->db, "SELECT last FROM entry");
	enum rp_status st = rp_sql_next(s, err);

	*last = st == RP_OK ? rp_sql_get_number(s, 0) : 0;
	/* a damaged file must not make an entry wrap */
	if (st == RP_END || *last < 0 || *last > INT64_MAX / 2)
		return rp_error_set(
		    err, RP_ERR_CORRUPT, "%s: no last entry", d->file);
	return st;
}

enum rp_status
rp_directory_set_last(
    struct rp_directory *d, int64_t last, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(d->db, "UPDATE entry SET last=?");

	rp_sql_number(s, last);
	return rp_sql_run(s, NULL, err);
}

enum rp_status
rp_directory_add(struct rp_directory *d, int64_t entry, const void *payload,
    size_t len, struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(d->db, "INSERT INTO job(entry,payload) VALUES(?,?)");

	rp_sql_number(s, entry);
	rp_sql_bytes(s, payload, len);
	return rp_sql_run(s, NULL, err);
}

void
rp_directory_ring(const struct rp_directory *d)
{
	/* if that fails they find it when they look again */
	(void)!futimens(d->lock, NULL);
}

enum rp_status
rp_directory_forget(struct rp_directory *d, struct rp_error *err)
{
	static const char *const statements[] = {
		"DELETE FROM queued WHERE until<=?",
		"DELETE FROM done WHERE until<=?",
	};
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < 2 && st == RP_OK; i++) {
		struct rp_sql *s = rp_sql(d->db, statements[i]);

		rp_sql_number(s, rp_directory_now());
		st = rp_sql_run(s, NULL, err);
	}
	return st;
}
