#include "columns/out.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"

void
rp_out_init(struct rp_out *out, int fd, const char *name)
{
	memset(out, 0, sizeof(*out));
	out->fd = fd;
	out->name = name;
}

void
rp_out_free(struct rp_out *out)
{
	rp_buffer_free(&out->text);
}

enum rp_status
rp_out_flush(struct rp_out *out)
{
	enum rp_status st;

	if (out->error.status != RP_OK || out->fd < 0)
		return out->error.status;
	st = rp_file_write(
	    out->fd, out->text.data, out->text.len, out->name, &out->error);
	if (st != RP_OK)
		return st;
	out->bytes += out->text.len;
	out->text.len = 0;
	return RP_OK;
}

char *
rp_out_grow(struct rp_out *out, size_t n)
{
	size_t size = n > RP_IO_SIZE ? n : RP_IO_SIZE;

	if (rp_out_flush(out) != RP_OK)
		return NULL;
	if (rp_buffer_reserve(&out->text, out->text.len + size) != RP_OK) {
		rp_error_set(
		    &out->error, RP_ERR_NOMEM, "%s: out of memory", out->name);
		return NULL;
	}
	return (char *)out->text.data + out->text.len;
}

/* What is large is written from where it is. */
static enum rp_status
write_through(struct rp_out *out, const void *bytes, size_t n)
{
	enum rp_status st = rp_out_flush(out);

	if (st == RP_OK)
		st = rp_file_write(out->fd, bytes, n, out->name, &out->error);
	if (st == RP_OK)
		out->bytes += n;
	return st;
}

enum rp_status
rp_out_put(struct rp_out *out, const void *bytes, size_t n)
{
	char *p;

	if (n >= RP_IO_SIZE / 4 && out->fd >= 0)
		return write_through(out, bytes, n);
	if ((p = rp_out_room(out, n)) == NULL)
		return out->error.status;
	if (n > 0)
		memcpy(p, bytes, n);
	rp_out_end(out, p + n);
	return RP_OK;
}

enum rp_status
rp_out_take(struct rp_out *out, struct rp_out *from)
{
	struct rp_buffer own;
	enum rp_status st = rp_out_flush(out);

	if (st != RP_OK)
		return st;
	own = out->text;
	out->text = from->text;
	from->text = own;
	return rp_out_flush(out);
}
