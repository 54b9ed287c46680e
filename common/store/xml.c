#include "store/xml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"

/* The next "<name>", "<name ...>", "<name/>" or "</name>"; *after: behind it. */
static const char *
find_tag(const struct rp_xml *x, const char *name, bool closing,
    const char **after, bool *empty)
{
	size_t len = strlen(name);
	const char *p = x->at, *gt;

	while ((p = memchr(p, '<', (size_t)(x->end - p))) != NULL) {
		const char *n = p + 1 + closing;

		if ((size_t)(x->end - p) < len + 2 + closing)
			return NULL;
		if ((!closing || p[1] == '/') && memcmp(n, name, len) == 0 &&
		    strchr("> /\t\r\n", n[len]) != NULL && n[len] != '\0') {
			gt = memchr(n + len, '>', (size_t)(x->end - n) - len);
			if (gt == NULL)
				return NULL;
			*after = gt + 1;
			*empty = gt[-1] == '/';
			return p;
		}
		p++;
	}
	return NULL;
}

bool
rp_xml_element(struct rp_xml *x, const char *name, struct rp_xml *content)
{
	const char *begin, *close, *after;
	bool empty;

	if (find_tag(x, name, false, &begin, &empty) == NULL)
		return false;
	x->at = begin;
	if (empty) {
		*content = (struct rp_xml){ begin, begin };
		return true;
	}
	if ((close = find_tag(x, name, true, &after, &empty)) == NULL)
		return false;
	*content = (struct rp_xml){ begin, close };
	x->at = after;
	return true;
}

/* "&#34;" or "&#x22;", n bytes without "&" and ";"; 0: no character. */
static uint32_t
numbered(const char *p, size_t n)
{
	int base = n > 1 && p[1] == 'x' ? 16 : 10;
	char digits[12] = "";
	unsigned long v;
	char *end;

	p += base == 16 ? 2 : 1;
	n -= base == 16 ? 2 : 1;
	if (n == 0 || n >= sizeof(digits))
		return 0;
	memcpy(digits, p, n);
	v = strtoul(digits, &end, base);
	return *end == '\0' && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff)
	    ? (uint32_t)v
	    : 0;
}

/* The character that an entity stands for, p behind it; 0: none. */
static uint32_t
entity(const char **p, const char *end)
{
	static const struct {
		const char *name;
		char c;
	} named[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' } };
	const char *name = *p + 1;
	const char *semicolon = memchr(name, ';', (size_t)(end - name));
	size_t n;

	if (semicolon == NULL)
		return 0;
	n = (size_t)(semicolon - name);
	*p = semicolon + 1;
	if (n > 0 && name[0] == '#')
		return numbered(name, n);
	for (size_t i = 0; i < RP_LEN(named); i++)
		if (strlen(named[i].name) == n &&
		    memcmp(named[i].name, name, n) == 0)
			return (uint32_t)named[i].c;
	return 0;
}

bool
rp_xml_text(const struct rp_xml *in, const char *name, char *out, size_t size)
{
	struct rp_xml x = *in, text;
	size_t len = 0;
	uint32_t c;

	out[0] = '\0';
	if (!rp_xml_element(&x, name, &text))
		return false;
	while (text.at < text.end) {
		char utf8[4] = { *text.at };
		size_t n = 1;

		c = (unsigned char)*text.at;
		if (c == '&') {
			c = entity(&text.at, text.end);
			n = rp_utf8_encode(utf8, c);
		} else {
			text.at++;
		}
		if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f ||
		    len + n >= size) {
			out[0] = '\0';
			return false;
		}
		memcpy(out + len, utf8, n);
		len += n;
	}
	out[len] = '\0';
	return true;
}
