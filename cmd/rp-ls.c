/*
 * rp-ls: what logs, segments and stream files hold.
 *
 * Reads indexes, and where there is none the headers and directories of
 * frames, never their bodies; writes a report. Memory: the index of a segment,
 * some 100 bytes a name, and the text of a log's segments.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/style.h"
#include "cli/summary.h"
#include "log/readers.h"
#include "log/segment.h"
#include "types/types.h"

struct opts {
	bool segments, json, json_numbers;
	struct rp_style_options style;
};

/* From good to bad. */
enum state { SEALED, GROWING, NOT_CLOSED, ABORTED, UNSUPPORTED, CORRUPT };

static const char *const state_words[] = { "sealed", "being written",
	"not closed", "aborted", "unsupported", "corrupt" };

/* A log, a segment or a stream: an entry of the listing. */
struct item {
	const char *name, *kind;
	enum state state;
	uint64_t torn; /* bytes behind the last whole frame */
	bool no_index; /* a sealed segment's */
	char uuid[37]; /* of a log */
	struct rp_tally tally;
	struct rp_summary summary;
	struct rp_log_position *readers; /* n_readers */
	uint64_t *behind; /* records that each has yet to confirm */
	size_t n_readers;
};

struct listing {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_text_style style;
	enum rp_status worst;
};

static const struct rp_tool tool = {
	.name = "rp-ls",
	.usage = "[-l] [--json] [--time FORM] [--tz ZONE] [LOG | FILE ...]",
	.summary = "list what logs, segments and stream files hold",
};

/* Tell a failure, and go on with what is next. */
static void
go_on(struct listing *l, enum rp_status st)
{
	rp_cli_go_on(l->cli, st);
	if (l->worst == RP_OK)
		l->worst = st;
}

static enum rp_status
no_memory(struct listing *l)
{
	return rp_error_set(&l->cli->error, RP_ERR_NOMEM, "out of memory");
}

static enum state
state_of(enum rp_status st)
{
	switch (st) {
	case RP_ERR_TRUNCATED:
		return NOT_CLOSED;
	case RP_ERR_ABORTED:
		return ABORTED;
	case RP_ERR_UNSUPPORTED:
		return UNSUPPORTED;
	default:
		return st < 0 ? CORRUPT : SEALED;
	}
}

/* ---- the report ---- */

static void
item_init(struct listing *l, struct item *it, const char *name,
    const char *kind, bool indexed)
{
	*it = (struct item){ .name = name, .kind = kind };
	rp_tally_init(&it->tally);
	it->summary = (struct rp_summary){
		.tally = &it->tally, .indexed = indexed, .style = &l->style
	};
}

static void
item_free(struct item *it)
{
	rp_tally_free(&it->tally);
	free(it->readers);
	free(it->behind);
}

static void
print_json(const struct listing *l, const struct item *it, FILE *f)
{
	struct rp_json j = { .f = f, .numbers = l->o->json_numbers };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "name", it->name);
	rp_json_text(&j, "kind", it->kind);
	rp_json_text(&j, "state", state_words[it->state]);
	rp_json_u64(&j, "torn_bytes", it->torn);
	if (it->uuid[0] != '\0')
		rp_json_text(&j, "uuid", it->uuid);
	if (strcmp(it->kind, "segment") == 0)
		rp_json_bool(&j, "index", !it->no_index);
	rp_summary_json(&it->summary, &j);
	if (strcmp(it->kind, "log") == 0) {
		rp_json_open(&j, "readers");
		for (size_t i = 0; i < it->n_readers; i++) {
			rp_json_open(&j, it->readers[i].name);
			rp_json_u64(&j, "seq", it->readers[i].seq);
			rp_json_u64(&j, "behind", it->behind[i]);
			rp_json_close(&j);
		}
		rp_json_close(&j);
	}
	rp_json_close(&j);
}

static void
print_text(const struct item *it, FILE *f)
{
	fprintf(f, "%s: %s, %s", it->name, it->kind, state_words[it->state]);
	if (it->torn > 0)
		fprintf(f, ", %" PRIu64 " bytes torn", it->torn);
	fprintf(f, "%s\n", it->no_index ? ", no index" : "");
	rp_summary_print(&it->summary, f);
	for (size_t i = 0; i < it->n_readers; i++)
		fprintf(f,
		    "  reader     %s  seq %" PRIu64 "  behind %" PRIu64
		    " records\n",
		    it->readers[i].name, it->readers[i].seq, it->behind[i]);
}

static void
print(const struct listing *l, struct item *it, FILE *f)
{
	rp_tally_sort(&it->tally);
	if (l->o->json || l->o->json_numbers)
		print_json(l, it, f);
	else
		print_text(it, f);
}

/* ---- segments ---- */

/* Records of an entry that are behind seq; a log's frames are dense. */
static uint64_t
records_behind(const struct rp_index_entry *e, uint64_t seq)
{
	if (seq >= e->seq_max)
		return 0;
	if (seq < e->seq_min || e->seq_max - seq > e->records)
		return e->records;
	return e->seq_max - seq;
}

/* Add a segment to its own listing, unless it is NULL, and to its log's. */
static enum rp_status
add_index(struct item *log, struct item *seg, struct rp_index *x)
{
	uint64_t before = log->tally.bytes;
	struct rp_frame f;
	enum rp_status st;

	for (size_t i = 0; i < rp_index_frames(x); i++) {
		if ((st = rp_index_frame(x, i, &f)) != RP_OK ||
		    (st = rp_tally_frame(&log->tally, &f, RP_GAP)) != RP_OK)
			return st;
		if (seg != NULL &&
		    (st = rp_tally_frame(&seg->tally, &f, RP_GAP)) != RP_OK)
			return st;
		for (size_t k = 0; k < log->n_readers; k++)
			log->behind[k] += records_behind(
			    rp_index_entry(x, i), log->readers[k].seq);
	}
	log->tally.bytes = before + x->segment_len;
	log->summary.end_flags |= x->sealed ? x->end.flags : 0;
	if (seg != NULL) {
		seg->tally.bytes = x->segment_len;
		seg->summary.end_flags = x->sealed ? x->end.flags : 0;
	}
	return RP_OK;
}

/*
 * The index of a segment and its state. RP_EMPTY: retention has taken it away.
 * After a failure the index has what stands before the damage.
 */
static enum rp_status
read_segment(struct listing *l, const char *dir, const struct rp_segment *s,
    bool last, struct rp_index *x, struct item *seg)
{
	char *path = rp_segment_path(dir, s, NULL);
	bool live = last && rp_log_is_locked(dir);
	enum rp_status st;
	off_t end;
	int fd;

	if (path == NULL)
		return no_memory(l);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		st = errno == ENOENT
		    ? RP_EMPTY
		    : rp_error_errno(&l->cli->error, "%s", path);
		free(path);
		return st;
	}
	st = rp_segment_index(x, dir, s, fd, &seg->no_index, &l->cli->error);
	if (st == RP_OK && !x->sealed && !live) /* closed since we looked? */
		st = rp_segment_scan(x, fd, path, &l->cli->error);
	seg->state = state_of(st);
	if (st == RP_OK && !x->sealed)
		seg->state = live ? GROWING : NOT_CLOSED;
	seg->no_index &= seg->state == SEALED;
	end = lseek(fd, 0, SEEK_END);
	if (seg->state != GROWING && end > (off_t)x->segment_len)
		seg->torn = (uint64_t)end - x->segment_len;
	close(fd);
	free(path);
	return st;
}

static enum rp_status
list_segment(struct listing *l, struct item *log, const struct rp_segment *s,
    bool last, FILE *f)
{
	char *name = rp_segment_path(log->name, s, NULL);
	struct rp_index x = { 0 };
	struct item seg;
	enum rp_status st, added;

	if (name == NULL)
		return no_memory(l);
	item_init(l, &seg, name, "segment", true);
	rp_index_clear(&x);
	st = read_segment(l, log->name, s, last, &x, &seg);
	if (st == RP_EMPTY || rp_status_exit(st) == 1)
		goto out;
	added = add_index(log, l->o->segments ? &seg : NULL, &x);
	if (added != RP_OK) {
		st = no_memory(l);
		goto out;
	}
	log->summary.segments++;
	log->torn += seg.torn;
	if (seg.state > log->state)
		log->state = seg.state;
	if (l->o->segments)
		print(l, &seg, f);
out:
	item_free(&seg);
	rp_index_free(&x);
	free(name);
	return st == RP_EMPTY ? RP_OK : st;
}

/* ---- logs ---- */

static enum rp_status
find_readers(struct listing *l, struct item *log)
{
	enum rp_status st = rp_log_positions(
	    log->name, &log->readers, &log->n_readers, &l->cli->error);

	if (st != RP_OK)
		return st;
	log->behind = calloc(log->n_readers + 1, sizeof(*log->behind));
	return log->behind == NULL ? no_memory(l) : RP_OK;
}

/* What fails in a part of a log is told, and the rest is listed. */
static enum rp_status
list_parts(struct listing *l, struct item *log, FILE *f)
{
	struct rp_segments all = { 0 };
	enum rp_status st;

	st = rp_segments_list(&all, log->name, &l->cli->error);
	if (st != RP_OK)
		return st;
	if (all.n > 0 &&
	    (st = rp_log_uuid(log->name, log->uuid, &l->cli->error)) != RP_OK)
		go_on(l, st);
	if ((st = find_readers(l, log)) != RP_OK)
		go_on(l, st);
	for (size_t i = 0; i < all.n; i++) {
		st = list_segment(l, log, &all.item[i], i + 1 == all.n, f);
		if (st != RP_OK)
			go_on(l, st);
	}
	if (log->state == SEALED && rp_log_is_locked(log->name))
		log->state = GROWING;
	rp_segments_free(&all);
	return RP_OK;
}

static enum rp_status
list_log(struct listing *l, const char *dir)
{
	char *segments = NULL;
	struct item log;
	size_t len;
	FILE *f = open_memstream(&segments, &len);
	enum rp_status st;

	if (f == NULL)
		return no_memory(l);
	item_init(l, &log, dir, "log", true);
	st = list_parts(l, &log, f);
	if (fclose(f) != 0 && st == RP_OK)
		st = no_memory(l);
	if (st == RP_OK) {
		print(l, &log, stdout);
		fwrite(segments, 1, len, stdout);
	}
	free(segments);
	item_free(&log);
	return st;
}

/* ---- stream files ---- */

/* Whether a file is a segment of a log that has a writer. */
static bool
has_writer(const char *file)
{
	char *copy = strdup(file);
	bool yes = copy != NULL && rp_log_is_locked(dirname(copy));

	free(copy);
	return yes;
}

/* Bytes of a regular file; 0: what it has must be read. */
static uint64_t
size_of(const char *name)
{
	struct stat sb;

	return stat(name, &sb) == 0 && S_ISREG(sb.st_mode)
	    ? (uint64_t)sb.st_size
	    : 0;
}

/* Add up the frames that are whole; *whole: their bytes. */
static enum rp_status
add_stream(
    struct rp_input *in, struct rp_tally *t, uint64_t size, uint64_t *whole)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (size != 0 && f.offset + f.size > size)
			return RP_ERR_TRUNCATED;
		if (size == 0 && f.head.kind == RP_DATA &&
		    (st = rp_input_body(in, &f)) != RP_OK)
			return st;
		if ((st = rp_tally_frame(t, &f, RP_GAP)) != RP_OK)
			return st;
		*whole = f.offset + f.size;
	}
	return st;
}

static enum rp_status
list_stream(struct listing *l, char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	bool live = !is_stdin && has_writer(name);
	uint64_t size = is_stdin ? 0 : size_of(name), whole = 0;
	struct rp_input in;
	struct item it;
	enum rp_status st;

	item_init(l, &it, is_stdin ? "<stdin>" : name, "stream", false);
	rp_input_init_names(&in, l->cli, &name, 1, false);
	st = add_stream(&in, &it.tally, size, &whole);
	rp_input_close(&in);
	it.summary.end_flags = in.end_flags;
	it.state = state_of(st);
	if (it.state == NOT_CLOSED && !is_stdin) {
		l->cli->error = (struct rp_error){ 0 };
		st = RP_END;
		it.state = live ? GROWING : NOT_CLOSED;
	}
	if (it.state != SEALED && it.state != GROWING && size > whole)
		it.torn = size - whole;
	if (it.tally.frames > 0 || st == RP_END)
		print(l, &it, stdout);
	item_free(&it);
	return st == RP_END ? RP_OK : st;
}

/* ---- operands ---- */

static bool
is_log(const char *dir)
{
	struct rp_segments all = { 0 };
	bool yes;
	char *lock;

	if (!rp_log_is_directory(dir))
		return false;
	yes = rp_segments_list(&all, dir, NULL) == RP_OK && all.n > 0;
	rp_segments_free(&all);
	if (yes || asprintf(&lock, "%s/lock", dir) < 0)
		return yes;
	yes = access(lock, F_OK) == 0; /* no record was written yet */
	free(lock);
	return yes;
}

static int
is_listed(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' &&
	    (d->d_type != DT_REG ||
		(n > 4 && strcmp(d->d_name + n - 4, ".rps") == 0));
}

/* The logs and stream files in a directory that is no log. */
static enum rp_status
list_directory(struct listing *l, const char *dir)
{
	struct dirent **d;
	char *path;
	int n = scandir(dir, &d, is_listed, alphasort);
	enum rp_status st;

	if (n < 0)
		return rp_error_errno(&l->cli->error, "%s", dir);
	for (int i = 0; i < n; i++) {
		path = NULL;
		if (strcmp(dir, ".") == 0)
			path = strdup(d[i]->d_name);
		else if (asprintf(&path, "%s/%s", dir, d[i]->d_name) < 0)
			path = NULL;
		st = RP_OK;
		if (path == NULL)
			st = no_memory(l);
		else if (is_log(path))
			st = list_log(l, path);
		else if (!rp_log_is_directory(path))
			st = list_stream(l, path);
		if (st != RP_OK)
			go_on(l, st);
		free(path);
		free(d[i]);
	}
	free(d);
	return RP_OK;
}

static enum rp_status
list_operand(struct listing *l, char *name)
{
	if (is_log(name))
		return list_log(l, name);
	if (rp_log_is_directory(name))
		return list_directory(l, name);
	return list_stream(l, name);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	static char here[] = ".";
	struct listing l = { .cli = cli, .o = o, .worst = RP_OK };
	enum rp_status st;

	if (o->style.time == NULL)
		o->style.time = o->json || o->json_numbers ? "ns" : "iso";
	if ((st = rp_cli_style(cli, &o->style, &l.style)) != RP_OK)
		return st;
	for (int i = 0; i < cli->argc || i == 0; i++) {
		st = list_operand(&l, cli->argc > 0 ? cli->argv[i] : here);
		if (st != RP_OK)
			go_on(&l, st);
	}
	return l.worst;
}

int
main(int argc, char **argv)
{
	struct opts o = { .style.digits = "keep" };
	const struct rp_option options[] = {
		{ 'l', "segments", RP_OPT_FLAG, &o.segments, NULL,
		    "list the segments of each log as well", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "write a JSON object a line", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.json_numbers, NULL,
		    "the same with 64-bit numbers bare, not as strings", NULL },
		{ 0, "time", RP_OPT_STRING, &o.style.time, "FORM",
		    "times as ISO 8601 (default), or in ns (default of JSON)",
		    "iso|ns" },
		{ 0, "tz", RP_OPT_STRING, &o.style.tz, "ZONE",
		    "zone of ISO times (default UTC)", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
