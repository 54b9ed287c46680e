/*
 * Inside rp-import: live input. A source waits, receives, hands bytes to a
 * format, and says what was lost; live.c has what all sources share.
 */
#ifndef RP_IMPORT_LIVE_H
#define RP_IMPORT_LIVE_H

#include "base/time.h"
#include "cli/cli.h"
#include "import/import.h"
#include "raw.h"
#include "types/types.h"

struct rp_live_options {
	const char *listen; /* an endpoint, or NULL */
	const char *ws; /* a URL, or NULL; the following go with it */
	const char *subscribe; /* a file of messages to send, or NULL */
	struct rp_list snapshots; /* URLs */
	const char *ca_file; /* or NULL: the system's */
	int64_t stall_timeout; /* ns; 0: none */
	uint64_t max_retries; /* failures in a row before it gives up */
	uint64_t seed; /* of the times between attempts; 0: any */
	const char *raw; /* the file that keeps what was received, or NULL */
	int64_t until_idle; /* ns; negative: not given */
};
#define RP_LIVE_DEFAULTS                                           \
	{                                                          \
		.until_idle = -1, .stall_timeout = 60 * RP_SECOND, \
		.max_retries = 10,                                 \
	}

/* The libraries of live sources, for --version. */
void rp_live_versions(char *buf, size_t size);

/* These options name a live source. */
bool rp_live_wanted(const struct rp_live_options *o);

/* Operands and options agree, or RP_ERR_USAGE. format may be NULL. */
RP_CHECKED enum rp_status rp_live_check(struct rp_cli *cli,
    const struct rp_live_options *o, const struct rp_import_format *format);

struct rp_live {
	struct rp_cli *cli;
	const struct rp_live_options *o;
	const struct rp_import_format *format; /* NULL: told by its bytes */
	const struct rp_import_host *host; /* of the tool */
	struct rp_import_options options;
	struct rp_writer *w;

	/* live.c */
	struct rp_import_host listener; /* host, but rejects are seen here */
	struct rp_raw raw;
	const char *named; /* the format, as the user knows it, or NULL */
	int64_t heard; /* when bytes last came, monotonic ns */
	int64_t ts; /* the same by the clock; RP_ABSENT: none came yet */
	uint64_t refused; /* messages that no format can read */
	uint64_t rejected; /* by the format, since the last read */
	const struct rp_intake_source *source; /* being converted ... */
	struct rp_import im; /* ... by this */
	enum rp_status held; /* what became of what the format held back */
	bool ended; /* the source has said so: what is left was cut off, ... */
	size_t cut; /* ... so many bytes */
};

/*
 * Receive and convert until it is over. The first part of *l is set. A failure
 * that ends the input is set in cli->error, here and below.
 */
RP_CHECKED enum rp_status rp_live_run(struct rp_live *l);

/* It is time to stop: by a signal, or because nothing came for long enough. */
bool rp_live_over(const struct rp_live *l);

/* The longest that may be waited at once, of ms: signals are looked for. */
int rp_live_slice(int ms);

/*
 * Wait until fd can be read. RP_EMPTY: not within ms (-1: no limit). RP_END:
 * it is time to stop.
 */
RP_CHECKED enum rp_status rp_live_await(struct rp_live *l, int fd, int ms);

/* These bytes were received at ts and go to the format next; --raw keeps them.
 */
RP_CHECKED enum rp_status rp_live_received(
    struct rp_live *l, const void *p, size_t len, int64_t ts);

/* Records are missing between two times; count 0: nobody knows how many. */
RP_CHECKED enum rp_status rp_live_gap(struct rp_live *l,
    enum rp_gap_reason reason, int64_t from, int64_t to, uint64_t count);

/*
 * Convert all that a source gives, named so in messages: RP_OK at its end, or
 * a failure with what the format says of it. RP_ERR_TRUNCATED: it ended within
 * a record.
 */
RP_CHECKED enum rp_status rp_live_convert(struct rp_live *l,
    const struct rp_intake_source *source, const char *name,
    struct rp_error *err);

/* The sources; format may be NULL, a misuse is RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_live_check_listen(struct rp_cli *cli,
    const char *where, const struct rp_import_format *format);
RP_CHECKED enum rp_status rp_live_listen(struct rp_live *l);
RP_CHECKED enum rp_status rp_live_websocket(struct rp_live *l);

#endif
