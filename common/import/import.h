/*
 * Vendor data in: a file a format (dbn.c, ndjson.c, ...), behind one table.
 *
 * A format is a struct rp_import_format in its own file and one line in the
 * table of import.c. It finds its bytes at im->in, writes records with
 * rp_writer_add(im->out, ...) and keeps what it needs in im->state. It prints
 * nothing: what the user should hear goes through im->host.
 */
#ifndef RP_IMPORT_IMPORT_H
#define RP_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "import/intake.h"
#include "wire/writer.h"

struct rp_import;

struct rp_import_format {
	const char *name; /* "dbn": what --format takes */
	const char *summary; /* one line for --list-formats */
	bool lines; /* of text: a record is in one, or comes of one */
	bool mapped; /* options.mapping may say what is in them */
	/* what a recorder puts before a message: its time of reception; at
	 * most RP_IMPORT_STAMP bytes to dst. NULL: nothing */
	size_t (*stamp)(char *dst, int64_t ts);
	/* the line that it puts where a connection begins, by which the format
	 * tells the gap before it, too; at most RP_IMPORT_STAMP bytes and those
	 * of the URL. NULL: none */
	size_t (*connected)(char *dst, const char *url, int64_t ts);
	/*
	 * The first bytes of an input (unpacked; at most RP_IMPORT_PROBE, fewer
	 * if it is shorter) are of this format. May be called on any bytes.
	 */
	bool (*probe)(const uint8_t *p, size_t len);
	/* Read what stands before the first record; set im->state. */
	RP_CHECKED enum rp_status (*open)(struct rp_import *im);
	/*
	 * Convert some records: those at hand, then ask for more. RP_OK: call
	 * again. RP_END: the input is over, cleanly.
	 */
	RP_CHECKED enum rp_status (*convert)(struct rp_import *im);
	/* A live input is silent at now: what was held back for what might
	 * come first goes on, if it was for long enough. NULL: nothing is. */
	RP_CHECKED enum rp_status (*idle)(struct rp_import *im, int64_t now);
	/* Release im->state; it may be NULL (open failed). */
	void (*close)(struct rp_import *im);
};

#define RP_IMPORT_PROBE 4096
#define RP_IMPORT_STAMP 32

/* 1990, ns since the epoch: a time of reception before it was written in
 * another unit than its format has */
#define RP_IMPORT_EARLIEST (INT64_C(631152000) * 1000000000)

/* What the tool lends to a format. Any function may be NULL. */
struct rp_import_host {
	void *arg;
	/* a line for the user, without a newline */
	void (*warn)(void *arg, const char *text);
	/* a figure for --stats, added up by name */
	void (*count)(void *arg, const char *name, uint64_t n);
	/* a bad record, its reason with its place: RP_OK to go on, or
	 * RP_ERR_REJECTED; without this function the first one fails */
	enum rp_status (*reject)(
	    void *arg, const char *text, size_t len, const char *reason);
	/* as rp_reader_on_wait; wait_arg may be the writer (rp_writer_idle) */
	int (*wait)(void *arg);
	void *wait_arg;
};

/* What the user says of an input, beyond its format; all zero: nothing. */
struct rp_import_options {
	const char *date; /* of the records, where the input has only times of
			   * day: "2010-12-24"; NULL: by the input's name */
	const char *mapping; /* the file that says what columns mean */
	/* a live input's clock, ns since the epoch: what has no time of
	 * reception was received now. NULL: a recording; it is inferred */
	int64_t (*now)(void *arg);
	void *now_arg;
};

/* One input on its way through. */
struct rp_import {
	const struct rp_import_format *format;
	struct rp_intake *in;
	struct rp_writer *out;
	const struct rp_import_host *host;
	const char *name; /* of the input, for messages */
	bool notes; /* write the input's metadata as a NOTE */
	struct rp_import_options options;
	uint64_t records; /* records of this input met so far */
	uint64_t behind; /* bytes from the record at hand to in->at: of formats
			  * that take more out of the intake than a record */
	bool broken; /* a record that is cut or that hides the next ended it:
		      * one more is met and rejected */
	struct rp_error error; /* the first failure, with its place */
	void *state; /* the format's own */
};

/* The table, in the order of probing. */
extern const struct rp_import_format *const rp_import_formats[];
extern const size_t rp_import_n_formats;

/* By name, or NULL. */
const struct rp_import_format *rp_import_format_find(const char *name);

/*
 * Begin with an input: in, out, host, name and notes of im are set, format
 * too unless it is to be found by content. RP_ERR_UNSUPPORTED: no format
 * knows it. RP_ERR_TRUNCATED: there is not one byte and no format was named.
 */
RP_CHECKED enum rp_status rp_import_open(struct rp_import *im);

/* Convert some more: RP_OK, or RP_END when the input is done. */
RP_CHECKED enum rp_status rp_import_step(struct rp_import *im);

/* Release what open made. The writer may still hold records. */
void rp_import_close(struct rp_import *im);

/*
 * Describe the mapping of im->options as text, line by line; with an input
 * (im->in, not opened) also what its first rows become. As rp_import_open and
 * rp_import_step; RP_ERR_REJECTED: some of the rows are bad, as the text says.
 */
RP_CHECKED enum rp_status rp_import_check_mapping(
    struct rp_import *im, struct rp_buffer *text);

/* ---- for formats ---- */

/*
 * Fail at a record: "NAME: record N at byte B: ..." in im->error, N from 1 and
 * B the offset of im->in->at, less im->behind. Returns status; if that is
 * RP_ERR_CORRUPT or RP_ERR_TRUNCATED and something of the record is there, im is
 * broken.
 */
enum rp_status rp_import_fail(struct rp_import *im, enum rp_status status,
    const char *fmt, ...) RP_PRINTF(3, 4);

/*
 * A record that cannot be represented: text is what the user gets back with
 * --on-error file. RP_OK: leave it out and go on.
 */
RP_CHECKED enum rp_status rp_import_reject(struct rp_import *im,
    const char *text, size_t len, const char *fmt, ...) RP_PRINTF(4, 5);

/* The same, with the record's bytes in hexadecimal as its text. */
RP_CHECKED enum rp_status rp_import_reject_bytes(struct rp_import *im,
    const void *p, size_t len, const char *fmt, ...) RP_PRINTF(4, 5);

void rp_import_warn(struct rp_import *im, const char *fmt, ...) RP_PRINTF(2, 3);
void rp_import_count(struct rp_import *im, const char *name, uint64_t n);

/* Fail, for want of memory. */
enum rp_status rp_import_no_memory(struct rp_import *im);

/* Take over the first error of the writer after rp_writer_add failed. */
enum rp_status rp_import_write_failed(struct rp_import *im);

/* The formats. */
extern const struct rp_import_format rp_import_arrow;
extern const struct rp_import_format rp_import_binance;
extern const struct rp_import_format rp_import_cryptofeed;
extern const struct rp_import_format rp_import_dbn;
extern const struct rp_import_format rp_import_itch;
extern const struct rp_import_format rp_import_pcap;
extern const struct rp_import_format rp_import_ndjson;
extern const struct rp_import_format rp_import_csv;
extern const struct rp_import_format
    rp_import_mapped; /* with options.mapping */
extern const struct rp_import_format rp_import_tardis;

#endif
