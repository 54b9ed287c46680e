/* Windows of jobs, as they are stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/consumer_work.h"
#include "queue/job.h"

void
rp_job_window_free(struct rp_job_window *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->members[i].id);
	free(w->members);
	free(w->key);
	*w = (struct rp_job_window){ 0 };
}

enum rp_status
rp_job_window_write(const struct rp_job_window *w, struct rp_buffer *out)
{
	enum rp_status st = rp_buffer_add(out, w->key, strlen(w->key));

	if (st == RP_OK)
		st = rp_buffer_add(out, "\n", 1);
	for (size_t i = 0; i < w->n && st == RP_OK; i++) {
		char line[RP_ENTRY_ROOM + RP_JOB_MAX_ID + 3];
		int len = snprintf(line, sizeof(line), "%s %s\n",
		    w->members[i].entry, w->members[i].id);

		st = rp_buffer_add(out, line, (size_t)len);
	}
	return st;
}

static bool
is_entry(const char *text)
{
	size_t ms = strspn(text, "0123456789");

	return ms > 0 && text[ms] == '-' && text[ms + 1] != '\0' &&
	    text[ms + 1 + strspn(text + ms + 1, "0123456789")] == '\0';
}

static enum rp_status
read_member(struct rp_member *m, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	size_t entry = space != NULL ? (size_t)(space - line) : 0;

	if (entry == 0 || entry >= sizeof(m->entry) || entry + 1 >= len ||
	    len - entry - 1 > RP_JOB_MAX_ID)
		return RP_ERR_CORRUPT;
	memcpy(m->entry, line, entry);
	m->entry[entry] = '\0';
	if ((m->id = strndup(space + 1, len - entry - 1)) == NULL)
		return RP_ERR_NOMEM;
	if (is_entry(m->entry) &&
	    rp_job_fault(&(struct rp_job){ .id = m->id }) == NULL)
		return RP_OK;
	free(m->id);
	return RP_ERR_CORRUPT;
}

enum rp_status
rp_job_window_read(
    struct rp_job_window *w, const char *name, const char *text, size_t len)
{
	const char *end = text + len, *line = memchr(text, '\n', len), *next;
	size_t lines = 0;
	enum rp_status st = RP_OK;

	*w = (struct rp_job_window){ 0 };
	if (line == NULL || line == text)
		return RP_ERR_CORRUPT;
	for (const char *c = line + 1; c < end; c++)
		lines += *c == '\n';
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->key = strndup(text, (size_t)(line - text));
	w->members = calloc(lines + 1, sizeof(*w->members));
	if (w->key == NULL || w->members == NULL)
		st = RP_ERR_NOMEM;
	for (line++; st == RP_OK && line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		st = next == NULL ? RP_ERR_CORRUPT
				  : read_member(&w->members[w->n], line,
					(size_t)(next - line));
		w->n += st == RP_OK;
		if (next == NULL)
			break;
	}
	if (st == RP_OK && (w->n == 0 || strstr(w->key, "..") != NULL))
		st = RP_ERR_CORRUPT;
	if (st != RP_OK)
		rp_job_window_free(w);
	return st;
}
