#include "columns/describe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "columns/json.h"
#include "columns/lines.h"

static const struct {
	uint32_t flag;
	const char *name;
} frame_flags[] = {
	{ RP_FRAME_TS_ORDERED, "ts_ordered" },
	{ RP_FRAME_SEQ_ORDERED, "seq_ordered" },
	{ RP_FRAME_SEQ_DENSE, "seq_dense" },
	{ RP_FRAME_THINNED, "thinned" },
	{ RP_FRAME_JUMBO, "jumbo" },
	{ RP_FRAME_DIR_PACKED, "dir_packed" },
}, end_flags[] = {
	{ RP_END_MORE, "more" },
	{ RP_END_EARLY, "early" },
	{ RP_END_SIGNAL, "signal" },
	{ RP_END_RECOVERED, "recovered" },
	{ RP_END_LOSSY, "lossy" },
	{ RP_END_THINNED, "thinned" },
};

static RP_CHECKED enum rp_status put(struct rp_out *out, const char *fmt, ...)
    RP_PRINTF(2, 3);

static enum rp_status
put(struct rp_out *out, const char *fmt, ...)
{
	enum { ROOM = 512 };
	va_list ap;
	char *p = rp_out_room(out, ROOM);
	int n;

	if (p == NULL)
		return out->error.status;
	va_start(ap, fmt);
	n = vsnprintf(p, ROOM, fmt, ap);
	va_end(ap);
	rp_out_end(out, p + (n < ROOM ? n : ROOM - 1));
	return RP_OK;
}

static const char *
kind_name(uint8_t kind, char buf[8])
{
	switch (kind) {
	case RP_DATA:
		return "data";
	case RP_END_FRAME:
		return "end";
	case RP_NOTE:
		return "note";
	case RP_MARK:
		return "mark";
	default:
		snprintf(buf, 8, "%u", (unsigned)kind);
		return buf;
	}
}

static const char *
codec_name(uint8_t codec)
{
	return codec == RP_CODEC_ZSTD ? "zstd"
	    : codec == RP_CODEC_LZ4   ? "lz4"
				      : "none";
}

/* The set flags, each after a separator. */
static void
join_flags(
    char *buf, size_t room, uint32_t flags, bool of_end, const char *separator)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < RP_LEN(frame_flags); i++) {
		uint32_t flag =
		    of_end ? end_flags[i].flag : frame_flags[i].flag;
		const char *name =
		    of_end ? end_flags[i].name : frame_flags[i].name;

		if (flags & flag)
			at += (size_t)snprintf(buf + at, room - at, "%s%s",
			    at > 0 ? separator : "", name);
	}
}

/* A time as the style wants it, terminated. */
static const char *
time_text(char buf[RP_TIME_ROOM + 1], int64_t ns, struct rp_text_style *style)
{
	size_t n;

	if (ns == RP_ABSENT)
		return "-";
	n = style->iso ? rp_time_format(&style->time, buf, ns)
		       : rp_i64_format(buf, ns);
	buf[n] = '\0';
	return buf;
}

static enum rp_status
put_data(
    struct rp_out *out, const struct rp_frame *f, struct rp_text_style *style)
{
	const struct rp_frame_head *h = &f->head;
	char from[RP_TIME_ROOM + 1], to[RP_TIME_ROOM + 1], flags[128], buf[8];
	enum rp_status st;

	join_flags(flags, sizeof(flags), h->flags, false, ",");
	st = put(out,
	    "%" PRIu32 " records, %" PRIu32 " bytes in %" PRIu32 " (%s, %s), "
	    "seq %" PRIu64 "..%" PRIu64 ", %s..%s, sum %016" PRIx64 "%s%s,",
	    h->records, h->raw_len, h->body_len, codec_name(h->codec),
	    h->layout == RP_LAYOUT_COLUMNS ? "columns" : "rows", h->seq_min,
	    h->seq_max, time_text(from, h->ts_min, style),
	    time_text(to, h->ts_max, style), h->rec_sum,
	    flags[0] != '\0' ? ", " : "", flags);
	for (uint32_t i = 0; st == RP_OK && i < f->n_types; i++)
		st = put(out, " %s %" PRIu32,
		    rp_type_name(f->types[i].type, buf), f->types[i].records);
	return st != RP_OK ? st : put(out, ", %" PRIu32 " names\n", f->n_names);
}

static enum rp_status
put_end(struct rp_out *out, const struct rp_frame *f)
{
	char flags[128];

	join_flags(flags, sizeof(flags), f->end.flags, true, ",");
	return put(out,
	    "%" PRIu64 " records in %" PRIu64 " frames, %" PRIu64
	    " bytes, sum %016" PRIx64 ", chain %016" PRIx64 "%s%s\n",
	    f->end.records, f->end.data_frames, f->end.raw_bytes,
	    f->end.rec_sum, f->end.frame_chain, flags[0] != '\0' ? ", " : "",
	    flags);
}

enum rp_status
rp_describe_frame(
    struct rp_out *out, const struct rp_frame *f, struct rp_text_style *style)
{
	char kind[8], at[RP_TIME_ROOM + 1];
	enum rp_status st;

	st = put(out, "frame %" PRIu64 " at %" PRIu64 ": %s ", f->number,
	    f->offset, kind_name(f->head.kind, kind));
	if (st != RP_OK)
		return st;
	switch (f->head.kind) {
	case RP_DATA:
		return put_data(out, f, style);
	case RP_END_FRAME:
		return put_end(out, f);
	case RP_MARK:
		return put(out, "%s\n", time_text(at, f->head.ts_min, style));
	default:
		return put(out, "%" PRIu32 " bytes\n", f->head.body_len);
	}
}

/* A time as JSON has it. */
static const char *
json_time(char buf[RP_TIME_ROOM + 3], int64_t ns, struct rp_text_style *style,
    const char *q)
{
	char text[RP_TIME_ROOM + 1];

	if (style->iso)
		q = "\"";
	if (ns == RP_ABSENT)
		return "null";
	snprintf(
	    buf, RP_TIME_ROOM + 3, "%s%s%s", q, time_text(text, ns, style), q);
	return buf;
}

static enum rp_status
json_data(struct rp_out *out, const struct rp_frame *f,
    struct rp_text_style *style, const char *q)
{
	const struct rp_frame_head *h = &f->head;
	char from[RP_TIME_ROOM + 3], to[RP_TIME_ROOM + 3], flags[128], buf[8];
	enum rp_status st;

	join_flags(flags, sizeof(flags), h->flags, false, "|");
	st = put(out,
	    ",\"records\":%" PRIu32 ",\"raw\":%" PRIu32 ",\"body\":%" PRIu32
	    ",\"codec\":\"%s\",\"layout\":\"%s\",\"flags\":\"%s\"",
	    h->records, h->raw_len, h->body_len, codec_name(h->codec),
	    h->layout == RP_LAYOUT_COLUMNS ? "columns" : "rows", flags);
	if (st == RP_OK)
		st = put(out,
		    ",\"seq_min\":%s%" PRIu64 "%s,\"seq_max\":%s%" PRIu64
		    "%s,\"ts_min\":%s,\"ts_max\":%s,\"names\":%" PRIu32
		    ",\"sum\":\"%016" PRIx64 "\",\"types\":{",
		    q, h->seq_min, q, q, h->seq_max, q,
		    json_time(from, h->ts_min, style, q),
		    json_time(to, h->ts_max, style, q), f->n_names, h->rec_sum);
	for (uint32_t i = 0; st == RP_OK && i < f->n_types; i++)
		st = put(out, "%s\"%s\":%" PRIu32, i > 0 ? "," : "",
		    rp_type_name(f->types[i].type, buf), f->types[i].records);
	return st != RP_OK ? st : put(out, "}}\n");
}

static enum rp_status
json_end(struct rp_out *out, const struct rp_frame *f, const char *q)
{
	char flags[128];

	join_flags(flags, sizeof(flags), f->end.flags, true, "|");
	return put(out,
	    ",\"records\":%s%" PRIu64 "%s,\"frames\":%s%" PRIu64
	    "%s,\"raw\":%s%" PRIu64 "%s,\"sum\":\"%016" PRIx64
	    "\",\"chain\":\"%016" PRIx64 "\",\"flags\":\"%s\"}\n",
	    q, f->end.records, q, q, f->end.data_frames, q, q, f->end.raw_bytes,
	    q, f->end.rec_sum, f->end.frame_chain, flags);
}

enum rp_status
rp_describe_frame_json(struct rp_out *out, const struct rp_frame *f,
    struct rp_text_style *style, bool numbers)
{
	const char *q = numbers ? "" : "\"";
	char kind[8], at[RP_TIME_ROOM + 3];
	enum rp_status st;

	st = put(out,
	    "{\"frame\":%s%" PRIu64 "%s,\"offset\":%s%" PRIu64
	    "%s,\"kind\":\"%s\"",
	    q, f->number, q, q, f->offset, q, kind_name(f->head.kind, kind));
	if (st != RP_OK)
		return st;
	switch (f->head.kind) {
	case RP_DATA:
		return json_data(out, f, style, q);
	case RP_END_FRAME:
		return json_end(out, f, q);
	case RP_MARK:
		return put(out, ",\"ts\":%s}\n",
		    json_time(at, f->head.ts_min, style, q));
	default:
		return put(out, ",\"body\":%" PRIu32 "}\n", f->head.body_len);
	}
}

enum rp_status
rp_describe_note(struct rp_out *out, const struct rp_frame *f)
{
	const char *line = f->text, *end = f->text + f->text_len, *next;
	enum rp_status st = RP_OK;
	char *p;

	for (; st == RP_OK && line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		p = rp_out_room(out, 8 + RP_QUOTED_ROOM(next - line));
		if (p == NULL)
			return out->error.status;
		memcpy(p, "note: ", 6);
		p += 6;
		p += rp_lines_quote(p, line, (size_t)(next - line), NULL);
		*p++ = '\n';
		rp_out_end(out, p);
	}
	return st;
}

enum rp_status
rp_describe_note_json(struct rp_out *out, const struct rp_frame *f)
{
	char *p = rp_out_room(out, 16 + RP_QUOTED_ROOM(f->text_len));

	if (p == NULL)
		return out->error.status;
	memcpy(p, "{\"note\":", 8);
	p += 8;
	p += rp_json_quote(p, f->text, f->text_len, NULL);
	memcpy(p, "}\n", 2);
	rp_out_end(out, p + 2);
	return RP_OK;
}
