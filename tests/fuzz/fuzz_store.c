/*
 * Any bytes as a store's reply, as a shared profile and as a key: what is found
 * lies within them, fits, and ends; an encoded key is the same decoded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/profile.h"
#include "store/uri.h"
#include "store/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
read_xml(const char *text, size_t len)
{
	struct rp_xml x = { text, text + len }, element;
	const char *before = text;
	char out[64];

	while (rp_xml_element(&x, "Key", &element)) {
		must(element.at > before && element.at <= element.end &&
		    element.end <= x.at && x.at <= text + len);
		before = element.at;
	}
	x.at = text;
	if (rp_xml_text(&x, "Key", out, sizeof(out)))
		must(strlen(out) < sizeof(out) && strlen(out) <= len);
	else
		must(out[0] == '\0');
}

static void
read_profile(const char *text, size_t len)
{
	char *v = rp_profile_value(text, len, "a", "key");

	if (v != NULL)
		must(rp_profile_has(text, len, "a") && strlen(v) < len);
	free(v);
}

static void
read_key(const char *text)
{
	struct rp_buffer b = { 0 };
	struct rp_target t;
	char *copy;

	if (rp_target_parse(&t, text, NULL) == RP_OK)
		must(t.path >= text && t.path <= text + strlen(text));
	if (rp_key_check(text, NULL) == RP_OK)
		must(*text != '/' && strlen(text) <= RP_MAX_KEY);
	must(rp_uri_encode(&b, text, false) == RP_OK &&
	    rp_buffer_add(&b, "", 1) == RP_OK);
	must(rp_uri_decode((char *)b.data));
	must(strcmp((char *)b.data, text) == 0);
	rp_buffer_free(&b);
	if ((copy = strdup(text)) != NULL && rp_uri_decode(copy))
		must(strlen(copy) <= strlen(text));
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	read_key(text);
	text = realloc(text, size > 0 ? size : 1); /* nothing behind it */
	if (text != NULL) {
		read_xml(text, size);
		read_profile(text, size);
	}
	free(text);
	return 0;
}
