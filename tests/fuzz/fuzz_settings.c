/*
 * A file of variables. What was read is a name and a text, and is read again
 * when it is quoted; a URL that is masked has no password.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/dotenv.h"
#include "cli/settings.h"

static void
check_name(const char *name)
{
	if (*name == '\0' || isdigit((unsigned char)*name))
		abort();
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			abort();
}

static void
check_quoted(const char *value)
{
	struct rp_buffer line = { 0 };
	struct rp_dotenv d;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("A=", f);
	rp_dotenv_quote(f, value);
	fclose(f);
	if (rp_buffer_add(&line, text, len) != RP_OK ||
	    rp_dotenv_begin(&d, "f", &line, NULL) != RP_OK ||
	    rp_dotenv_next(&d, NULL) != RP_OK || strcmp(d.value, value) != 0 ||
	    rp_dotenv_next(&d, NULL) != RP_END)
		abort();
	rp_buffer_free(&line);
	free(text);
}

static void
check_mask(const char *value)
{
	size_t size = strlen(value) + 4;
	char *url, *buf = malloc(size);
	const char *masked;

	if (asprintf(&url, "redis://u:%s@h", value) < 0 || buf == NULL)
		abort();
	masked = rp_url_mask(url, buf, size);
	if (strncmp(masked, "redis://u:***@h", size - 1) != 0)
		abort();
	(void)rp_url_mask(value, buf, size);
	free(url);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_buffer text = { 0 };
	struct rp_error err = { 0 };
	struct rp_dotenv d;
	enum rp_status st;

	if (rp_buffer_add(&text, data, size) != RP_OK ||
	    rp_dotenv_begin(&d, "f", &text, NULL) != RP_OK)
		abort();
	while ((st = rp_dotenv_next(&d, &err)) != RP_END) {
		if ((st == RP_OK) != (err.status == RP_OK))
			abort();
		err = (struct rp_error){ 0 };
		if (st != RP_OK)
			continue;
		check_name(d.name);
		check_quoted(d.value);
		check_mask(d.value);
	}
	rp_buffer_free(&text);
	return 0;
}
