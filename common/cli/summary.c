#include "cli/summary.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time.h"
#include "types/types.h"

enum { LISTED = 12 }; /* names shown in a line; more are only counted */

static const struct {
	uint32_t flag;
	const char *word;
} end_words[] = {
	{ RP_END_EARLY, "early" },
	{ RP_END_SIGNAL, "signal" },
	{ RP_END_RECOVERED, "recovered" },
	{ RP_END_LOSSY, "lossy" },
	{ RP_END_THINNED, "thinned" },
};

/* "lz4 columns" */
static const char *
coding_name(char buf[static 24], unsigned codec, unsigned layout)
{
	static const char *const codecs[] = { "none", "lz4", "zstd" };

	snprintf(buf, 24, "%s %s", codec < 3 ? codecs[codec] : "?",
	    layout == RP_LAYOUT_ROWS ? "rows" : "columns");
	return buf;
}

static const char *
time_text(
    const struct rp_summary *s, char buf[static RP_TIME_ROOM + 1], int64_t ns)
{
	struct rp_time_text utc = { 0 };
	size_t n;

	if (s->style != NULL && !s->style->iso)
		n = rp_i64_format(buf, ns);
	else
		n = rp_time_format(
		    s->style != NULL ? &s->style->time : &utc, buf, ns);
	buf[n] = '\0';
	return buf;
}

static void
label(FILE *f, const char *name)
{
	fprintf(f, "  %-9s", name);
}

/* How many bytes of rows a stored byte is. */
static double
ratio(const struct rp_tally *t)
{
	return t->bytes > 0 ? (double)t->raw_bytes / (double)t->bytes : 0;
}

static void
print_codings(const struct rp_tally *t, FILE *f)
{
	char buf[24];
	unsigned c, l;

	label(f, "coding");
	for (c = 0; c < 3; c++)
		for (l = 0; l < 2; l++)
			if (t->coded[c][l] > 0)
				fprintf(f, "  %s %" PRIu64,
				    coding_name(buf, c, l), t->coded[c][l]);
	putc('\n', f);
}

static void
print_seq(const struct rp_tally *t, FILE *f)
{
	if (t->seq_max == 0)
		return;
	label(f, "seq");
	fprintf(f, "  %" PRIu64 " to %" PRIu64, t->seq_min, t->seq_max);
	if (t->seq_min != 0 && t->seq_max - t->seq_min + 1 == t->records)
		fputs("  dense", f);
	if (t->gaps > 0)
		fprintf(f, "  gaps %" PRIu64 " (%" PRIu64 " missing)", t->gaps,
		    t->missing);
	if (t->seq.back > 0)
		fprintf(f, "  back %" PRIu64, t->seq.back);
	putc('\n', f);
}

static void
print_ts(const struct rp_summary *s, FILE *f)
{
	const struct rp_tally *t = s->tally;
	char from[RP_TIME_ROOM + 1], to[RP_TIME_ROOM + 1];

	if (t->ts_min == RP_ABSENT)
		return;
	label(f, "ts_recv");
	fprintf(f, "  %s to %s", time_text(s, from, t->ts_min),
	    time_text(s, to, t->ts_max));
	if (t->ts.back > 0)
		fprintf(f, "  back %" PRIu64 "\n", t->ts.back);
	else
		fputs("  ordered\n", f);
}

void
rp_summary_line(const struct rp_summary *s, FILE *f)
{
	const struct rp_tally *t = s->tally;
	char from[RP_TIME_ROOM + 1] = "-", to[RP_TIME_ROOM + 1] = "-";

	if (t->ts_min != RP_ABSENT) {
		time_text(s, from, t->ts_min);
		time_text(s, to, t->ts_max);
	}
	fprintf(f, "%12" PRIu64 " %14" PRIu64 "  %-30s  %-30s", t->records,
	    t->bytes, from, to);
}

static void
print_types(const struct rp_tally *t, FILE *f)
{
	char buf[8];
	size_t i;

	label(f, "types");
	for (i = 0; i < t->n_types; i++)
		fprintf(f, "  %s %" PRIu64, rp_type_name(t->types[i].type, buf),
		    t->types[i].records);
	putc('\n', f);
}

static void
print_names(const struct rp_tally *t, FILE *f, const char *what, uint8_t class)
{
	size_t i, n = 0;

	for (i = 0; i < t->n_names; i++)
		n += t->names[i].label.class == class &&
		    t->names[i].label.len > 0;
	if (n == 0)
		return;
	label(f, what);
	if (n > LISTED) {
		fprintf(f, "  %zu\n", n);
		return;
	}
	for (i = 0; i < t->n_names; i++)
		if (t->names[i].label.class == class &&
		    t->names[i].label.len > 0)
			fprintf(f, "  %s %" PRIu64, t->names[i].label.text,
			    t->names[i].records);
	putc('\n', f);
}

static void
print_end(uint32_t flags, FILE *f)
{
	size_t i;

	if (flags == 0)
		return;
	label(f, "end");
	for (i = 0; i < RP_LEN(end_words); i++)
		if (flags & end_words[i].flag)
			fprintf(f, "  %s", end_words[i].word);
	putc('\n', f);
}

static void
print_sums(const struct rp_tally *t, FILE *f)
{
	const struct rp_tally_name *n;
	size_t i;

	fputs("  sum by symbol\n", f);
	for (i = 0; i < t->n_names; i++) {
		n = &t->names[i];
		if (n->label.class == RP_NAME_SYMBOL)
			fprintf(f, "    %016" PRIx64 "  %10" PRIu64 "  %s\n",
			    n->rec_sum, n->records,
			    n->label.len > 0 ? n->label.text : "-");
	}
}

void
rp_summary_print(const struct rp_summary *s, FILE *f)
{
	const struct rp_tally *t = s->tally;

	label(f, "records");
	fprintf(f, "  %" PRIu64 " in %" PRIu64 " %s", t->records,
	    t->data_frames, t->data_frames == 1 ? "frame" : "frames");
	if (s->segments > 0)
		fprintf(f, " of %" PRIu64 " %s", s->segments,
		    s->segments == 1 ? "segment" : "segments");
	putc('\n', f);
	label(f, "bytes");
	fprintf(f, "  %" PRIu64 ", of rows %" PRIu64, t->bytes, t->raw_bytes);
	if (t->data_frames > 0)
		fprintf(f, ", ratio %.2f", ratio(t));
	putc('\n', f);
	if (t->data_frames > 0) {
		print_codings(t, f);
		print_seq(t, f);
		print_ts(s, f);
		print_types(t, f);
	}
	print_names(t, f, "symbols", RP_NAME_SYMBOL);
	print_names(t, f, "sources", RP_NAME_SOURCE);
	print_end(s->end_flags, f);
	label(f, "sum");
	fprintf(f, "  %016" PRIx64 "\n", t->rec_sum);
	if (s->sums)
		print_sums(t, f);
}

static void
json_time(
    const struct rp_summary *s, struct rp_json *j, const char *key, int64_t ns)
{
	char buf[RP_TIME_ROOM + 1];

	if (s->style != NULL && s->style->iso)
		rp_json_text(j, key, time_text(s, buf, ns));
	else
		rp_json_i64(j, key, ns);
}

static void
json_ranges(const struct rp_summary *s, struct rp_json *j)
{
	const struct rp_tally *t = s->tally;

	if (t->seq_max != 0) {
		rp_json_u64(j, "seq_min", t->seq_min);
		rp_json_u64(j, "seq_max", t->seq_max);
		rp_json_u64(j, "seq_back", t->seq.back);
		rp_json_u64(j, "seq_gaps", t->gaps);
		rp_json_u64(j, "seq_missing", t->missing);
	}
	if (t->ts_min != RP_ABSENT) {
		json_time(s, j, "ts_min", t->ts_min);
		json_time(s, j, "ts_max", t->ts_max);
		rp_json_u64(j, "ts_back", t->ts.back);
	}
}

static void
json_names(const struct rp_summary *s, struct rp_json *j, const char *key,
    uint8_t class)
{
	const struct rp_tally_name *n;
	size_t i;

	rp_json_open(j, key);
	for (i = 0; i < s->tally->n_names; i++) {
		n = &s->tally->names[i];
		if (n->label.class != class)
			continue;
		rp_json_open(j, n->label.text);
		rp_json_u64(j, "records", n->records);
		if (s->sums && class == RP_NAME_SYMBOL)
			rp_json_hash(j, "sum", n->rec_sum);
		rp_json_close(j);
	}
	rp_json_close(j);
}

void
rp_summary_json(const struct rp_summary *s, struct rp_json *j)
{
	const struct rp_tally *t = s->tally;
	char buf[24];
	unsigned c;
	size_t i;

	rp_json_u64(j, "records", t->records);
	if (!s->indexed)
		rp_json_u64(j, "frames", t->frames);
	rp_json_u64(j, "data_frames", t->data_frames);
	if (s->segments > 0)
		rp_json_u64(j, "segments", s->segments);
	rp_json_u64(j, "bytes", t->bytes);
	rp_json_u64(j, "raw_bytes", t->raw_bytes);
	rp_json_double(j, "ratio", ratio(t), 3);
	rp_json_open(j, "coding");
	for (c = 0; c < 6; c++)
		if (t->coded[c / 2][c % 2] > 0)
			rp_json_u64(j, coding_name(buf, c / 2, c % 2),
			    t->coded[c / 2][c % 2]);
	rp_json_close(j);
	json_ranges(s, j);
	rp_json_open(j, "types");
	for (i = 0; i < t->n_types; i++)
		rp_json_u64(j, rp_type_name(t->types[i].type, buf),
		    t->types[i].records);
	rp_json_close(j);
	json_names(s, j, "symbols", RP_NAME_SYMBOL);
	json_names(s, j, "sources", RP_NAME_SOURCE);
	rp_json_array(j, "end");
	for (i = 0; i < RP_LEN(end_words); i++)
		if (s->end_flags & end_words[i].flag)
			rp_json_text(j, NULL, end_words[i].word);
	rp_json_array_close(j);
	rp_json_hash(j, "sum", t->rec_sum);
}
