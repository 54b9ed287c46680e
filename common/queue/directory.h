/*
 * A queue in a directory, DIR/NAME, for the processes of one machine:
 *
 *	queue.db  its jobs and all that is known of them, an SQLite database
 *	lock      byte 0 is locked while the queue is opened or made; each
 *	          consumer locks a byte of its own for as long as it lives; its
 *	          time is that of the last job that was put
 */
#ifndef RP_QUEUE_DIRECTORY_H
#define RP_QUEUE_DIRECTORY_H

#include <sys/types.h>

#include "queue/database.h"
#include "queue/queue.h"

struct rp_directory {
	struct rp_database *db; /* NULL: not open */
	char *path, *file; /* DIR/NAME, and the database */
	dev_t device; /* of the file, ... */
	ino_t inode; /* ... which may be removed while it is open */
	int lock; /* the file of locks */
};

/* The directory that the URL of a queue names, file://DIR or a path; NULL: it
 * names something else. */
const char *rp_directory_of(const char *url);

/*
 * Open the queue that the options name, unless it is open. RP_EMPTY: there is
 * none, and it is not to be made. RP_ERR_USAGE: its name is none of a
 * directory; RP_ERR_CORRUPT: it is something else; RP_ERR_UNSUPPORTED: it is of
 * a later rp.
 */
RP_CHECKED enum rp_status rp_directory_open(struct rp_directory *d,
    const struct rp_queue_options *options, bool make, struct rp_error *err);
void rp_directory_close(struct rp_directory *d);

/* A transaction. RP_ERR_REMOTE: the queue was removed or replaced; it is closed
 * then and may be opened again. */
RP_CHECKED enum rp_status rp_directory_begin(
    struct rp_directory *d, enum rp_access access, struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_end(
    struct rp_directory *d, enum rp_status st, struct rp_error *err);

/* ---- entries ---- */

/* An entry is a number within, ms << 20 | seq, and "ms-seq" outside. */
void rp_entry_write(char text[static RP_ENTRY_ROOM], int64_t entry);
int64_t rp_entry_read(const char *text); /* -1: it is none */

/* The last entry that was given, and the one that follows it now. Jobs and dead
 * letters share them; whoever gave some sets the last. */
RP_CHECKED enum rp_status rp_directory_last(
    struct rp_directory *d, int64_t *last, struct rp_error *err);
int64_t rp_entry_after(int64_t last);
RP_CHECKED enum rp_status rp_directory_set_last(
    struct rp_directory *d, int64_t last, struct rp_error *err);

/* ---- jobs ---- */

/* Seconds since the epoch: until when ids are remembered. */
int64_t rp_directory_now(void);
/* ms since the machine started: until when jobs are held. */
int64_t rp_directory_ms(void);

RP_CHECKED enum rp_status rp_directory_add(struct rp_directory *d,
    int64_t entry, const void *payload, size_t len, struct rp_error *err);

/* Wake those who wait for jobs, once there are some: the file of locks is
 * touched, as the database is written to before it shows what is new. */
void rp_directory_ring(const struct rp_directory *d);

/* Forget what need not be remembered any longer. */
RP_CHECKED enum rp_status rp_directory_forget(
    struct rp_directory *d, struct rp_error *err);

/* ---- consumers ---- */

/* A consumer is a number, by its name: that of the byte that it locks. */
int64_t rp_directory_number(const char *name);

/* Be alive until the directory is closed; others of the same name may be. */
RP_CHECKED enum rp_status rp_directory_join(
    struct rp_directory *d, int64_t consumer, struct rp_error *err);
bool rp_directory_is_alive(const struct rp_directory *d, int64_t consumer);

#endif
