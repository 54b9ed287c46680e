#include "report.h"

#include <inttypes.h>

#include "cli/summary.h"

static const char *const kind_words[] = { "log", "segment", "stream" };
static const char *const state_words[] = { "sealed", "being written",
	"not closed", "aborted", "unsupported", "corrupt" };

static void
print_json(const struct report *r, const char *name, enum report_kind kind,
    const struct rp_inventory *v, const struct rp_summary *sum, FILE *f)
{
	struct rp_json j = { .f = f, .numbers = r->numbers };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "name", name);
	rp_json_text(&j, "kind", kind_words[kind]);
	rp_json_text(&j, "state", state_words[v->state]);
	rp_json_u64(&j, "torn_bytes", v->torn);
	if (v->uuid[0] != '\0')
		rp_json_text(&j, "uuid", v->uuid);
	if (kind == SEGMENT)
		rp_json_bool(&j, "index", !v->no_index);
	rp_summary_json(sum, &j);
	if (kind == LOG) {
		if (v->trimmed.last_seq != 0) {
			rp_json_open(&j, "trimmed");
			rp_json_u64(&j, "last_seq", v->trimmed.last_seq);
			rp_json_u64(&j, "records", v->trimmed.records);
			rp_json_close(&j);
		}
		rp_json_open(&j, "readers");
		for (size_t i = 0; i < v->n_readers; i++) {
			rp_json_open(&j, v->readers[i].name);
			rp_json_u64(&j, "seq", v->readers[i].seq);
			rp_json_u64(&j, "behind", v->readers[i].behind);
			rp_json_close(&j);
		}
		rp_json_close(&j);
	}
	rp_json_close(&j);
}

static void
print_text(const char *name, enum report_kind kind,
    const struct rp_inventory *v, const struct rp_summary *sum, FILE *f)
{
	fprintf(f, "%s: %s, %s", name, kind_words[kind], state_words[v->state]);
	if (v->torn > 0)
		fprintf(f, ", %" PRIu64 " bytes torn", v->torn);
	fprintf(f, "%s\n", v->no_index ? ", no index" : "");
	rp_summary_print(sum, f);
	if (v->trimmed.last_seq != 0)
		fprintf(f,
		    "  trimmed    %" PRIu64 " records, up to seq %" PRIu64 "\n",
		    v->trimmed.records, v->trimmed.last_seq);
	for (size_t i = 0; i < v->n_readers; i++)
		fprintf(f,
		    "  reader     %s  seq %" PRIu64 "  behind %" PRIu64
		    " records\n",
		    v->readers[i].name, v->readers[i].seq,
		    v->readers[i].behind);
}

static void
print_line(struct report *r, const char *name, const struct rp_inventory *v,
    const struct rp_summary *sum, FILE *f)
{
	rp_summary_line(sum, f);
	fprintf(f, "  %s", name);
	if (v->state != RP_LOG_SEALED)
		fprintf(f, ": %s", state_words[v->state]);
	putc('\n', f);
	r->n++;
	r->records += v->tally.records;
	r->bytes += v->tally.bytes;
}

void
report_put(struct report *r, const char *name, enum report_kind kind,
    struct rp_inventory *v, FILE *f)
{
	const struct rp_summary sum = { .tally = &v->tally,
		.segments = v->segments,
		.end_flags = v->end_flags,
		.indexed = kind != STREAM,
		.style = &r->style };

	rp_tally_sort(&v->tally);
	if (r->json)
		print_json(r, name, kind, v, &sum, f);
	else if (r->brief)
		print_line(r, name, v, &sum, f);
	else
		print_text(name, kind, v, &sum, f);
}

void
report_begin(struct report *r)
{
	r->brief = true;
	r->n = r->records = r->bytes = 0;
}

void
report_end(struct report *r)
{
	if (r->brief && r->n > 1 && !r->json)
		printf("%12" PRIu64 " %14" PRIu64 "  %" PRIu64 " in all\n",
		    r->records, r->bytes, r->n);
	r->brief = false;
}
