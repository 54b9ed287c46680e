/* Every cap of rp, with its unit and its reason. */
#ifndef RP_BASE_LIMITS_H
#define RP_BASE_LIMITS_H

enum {
	/* bytes of rows in a frame: bounds a reader's memory */
	RP_MAX_RAW = 4 << 20,
	/* bytes of rows in a JUMBO frame (one record) */
	RP_MAX_RAW_JUMBO = 32 << 20,
	/* bytes of a directory, stored or unpacked: some 30,000 names */
	RP_MAX_DIR = 1 << 20,
	/* bytes of rows a writer gathers to compress: less compresses worse,
	 * more does not stay in a second-level cache */
	RP_FRAME_RAW = 1 << 20,
	/* and as plain rows for a pipe, which then holds four frames: with
	 * frames as large as the pipe its two ends take turns */
	RP_FRAME_PLAIN = 256 << 10,
	/* names in one frame: fits 32-bit indices and RP_MAX_DIR */
	RP_MAX_NAMES = 32768,
	/* distinct record types in one frame */
	RP_MAX_TYPES = 64,
	/* (type, length) groups in a frame of word columns */
	RP_MAX_GROUPS = 256,
	/* bytes of a symbol, source or schema name (u8 in old systems) */
	RP_MAX_NAME = 255,
	/* bytes of a NOTE or ABORT text */
	RP_MAX_NOTE = 64 << 10,
	/* bytes of a read or write: amortises the system call */
	RP_IO_SIZE = 256 << 10,
	/* bytes of a read where bodies are skipped: a header and a directory */
	RP_SCAN_SIZE = 16 << 10,
	/* bytes asked of the kernel for a pipe (F_SETPIPE_SZ) */
	RP_PIPE_SIZE = 1 << 20,
	/* ms that a frame in hand waits for more records */
	RP_FRAME_TIME_MS = 50,
	/* bytes of one line of text input */
	RP_MAX_LINE = 1 << 20,
	/* bytes of an expression, and its comparisons: bound its programs, one
	 * a record type, to a few MiB */
	RP_MAX_EXPR = 128 << 10,
	RP_MAX_EXPR_TESTS = 4096,
	/* parentheses within parentheses: bounds the stack */
	RP_MAX_EXPR_DEPTH = 64,
	/* bytes of a file of names (@FILE) */
	RP_MAX_NAME_FILE = 4 << 20,
	/* bytes of a mapping file (rp-mapping(5)) */
	RP_MAX_MAPPING = 1 << 20,
	/* bytes of an undecided venue event (rp-filter --whole-events) */
	RP_MAX_EVENT = 4 << 20,
	/* bytes of the metadata of an Arrow message: some 100,000 fields */
	RP_MAX_ARROW_META = 16 << 20,
	/* bytes of an Arrow record batch, stored or unpacked: some writers put
	 * a whole table into one */
	RP_MAX_ARROW_BODY = 1 << 30,
	/* bytes of the texts of all dictionaries of an Arrow input: millions */
	RP_MAX_ARROW_DICTIONARIES = 256 << 20,
	/* fields of an Arrow schema, with those of nested types */
	RP_MAX_ARROW_FIELDS = 16384,
	/* types within types: bounds the stack */
	RP_MAX_ARROW_DEPTH = 64
};

#endif
