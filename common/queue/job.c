#include "queue/job.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "queue/job.pb-c.h"

/* ---- what is wrong ---- */

static bool
is_id(const char *id)
{
	static const char others[] = "._:=+@~-";

	for (; *id != '\0'; id++)
		if (!((*id >= 'a' && *id <= 'z') ||
			(*id >= 'A' && *id <= 'Z') ||
			(*id >= '0' && *id <= '9') ||
			strchr(others, *id) != NULL))
			return false;
	return true;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* A path that leaves where it begins. */
static bool
climbs(const char *path)
{
	for (size_t len; *path != '\0'; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
	}
	return false;
}

static const char *
slice_fault(const struct rp_job *job)
{
	const struct rp_job_texts *lists[] = { &job->symbols, &job->types,
		&job->columns };

	if (*job->log == '\0' || has_control(job->log))
		return "its log is no path";
	if (climbs(job->log))
		return "its log's path has '..'";
	if (job->from != 0 && job->to != 0 && job->from >= job->to)
		return "it ends before it begins";
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			if (*lists[i]->text[k] == '\0' ||
			    has_control(lists[i]->text[k]))
				return "a symbol, type or column is no text";
	if (job->where != NULL && has_control(job->where))
		return "its condition is no line of text";
	if (job->compression != NULL && strcmp(job->compression, "none") != 0 &&
	    strcmp(job->compression, "lz4") != 0 &&
	    strcmp(job->compression, "zstd") != 0)
		return "its compression is not none, lz4 or zstd";
	return NULL;
}

const char *
rp_job_fault(const struct rp_job *job)
{
	if (*job->id == '\0')
		return "it has no id";
	if (strlen(job->id) > RP_JOB_MAX_ID)
		return "its id is longer than 200 bytes";
	if (!is_id(job->id) || strcmp(job->id, ".") == 0 ||
	    strcmp(job->id, "..") == 0)
		return "its id is not of letters, digits and ._:=+@~-";
	return job->log != NULL ? slice_fault(job) : NULL;
}

/* ---- as it travels ---- */

/* The message's empty text is one that is not said. */
static char *
to_message(const char *text)
{
	return (char *)(uintptr_t)(text != NULL ? text : "");
}

static const char *
from_message(const char *text)
{
	return *text != '\0' ? text : NULL;
}

static char **
list_of(const struct rp_job_texts *texts)
{
	return (char **)(uintptr_t)texts->text;
}

enum rp_status
rp_job_pack(const struct rp_job *job, struct rp_buffer *out)
{
	JobProto__Slice slice = JOB_PROTO__SLICE__INIT;
	JobProto__Job message = JOB_PROTO__JOB__INIT;
	enum rp_status st;
	size_t size;

	message.id = to_message(job->id);
	if (job->log != NULL) {
		message.slice = &slice;
		slice.log = to_message(job->log);
		slice.from = job->from;
		slice.to = job->to;
		slice.n_symbols = job->symbols.n;
		slice.symbols = list_of(&job->symbols);
		slice.n_types = job->types.n;
		slice.types = list_of(&job->types);
		slice.where = to_message(job->where);
		slice.n_columns = job->columns.n;
		slice.columns = list_of(&job->columns);
		slice.compression = to_message(job->compression);
	}
	size = job_proto__job__get_packed_size(&message);
	if (size > RP_JOB_MAX)
		return RP_ERR_LIMIT;
	if ((st = rp_buffer_reserve(out, out->len + size)) != RP_OK)
		return st;
	out->len += job_proto__job__pack(&message, out->data + out->len);
	return RP_OK;
}

enum rp_status
rp_job_unpack(struct rp_job_read *read, const void *bytes, size_t len)
{
	JobProto__Job *m;
	const JobProto__Slice *s;

	*read = (struct rp_job_read){ 0 };
	if (len > RP_JOB_MAX ||
	    (m = job_proto__job__unpack(NULL, len, bytes)) == NULL)
		return RP_ERR_CORRUPT;
	read->message = m;
	read->job.id = m->id;
	if ((s = m->slice) == NULL)
		return RP_OK;
	read->job = (struct rp_job){
		.id = m->id,
		.log = s->log,
		.from = s->from,
		.to = s->to,
		.symbols = { (const char *const *)s->symbols, s->n_symbols },
		.types = { (const char *const *)s->types, s->n_types },
		.columns = { (const char *const *)s->columns, s->n_columns },
		.where = from_message(s->where),
		.compression = from_message(s->compression),
	};
	return RP_OK;
}

void
rp_job_read_free(struct rp_job_read *read)
{
	if (read->message != NULL)
		job_proto__job__free_unpacked(read->message, NULL);
	*read = (struct rp_job_read){ 0 };
}

const char *
rp_job_version(char buf[static RP_JOB_VERSION_ROOM])
{
	snprintf(buf, RP_JOB_VERSION_ROOM, "libprotobuf-c %.16s",
	    protobuf_c_version());
	return buf;
}
