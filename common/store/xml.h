/*
 * As much of XML as object stores answer with: elements by their name,
 * wherever they stand, and their text. What they send is held against nothing
 * but itself: no document makes these read outside of it.
 */
#ifndef RP_STORE_XML_H
#define RP_STORE_XML_H

#include <stdbool.h>
#include <stddef.h>

struct rp_xml {
	const char *at, *end; /* what is still to be searched */
};

/* The content of the next element of this name; x goes on behind it. False:
 * there is none. */
bool rp_xml_element(struct rp_xml *x, const char *name, struct rp_xml *content);

/*
 * The text of the first element of this name, its entities decoded, control
 * characters but tab and newline excluded, terminated. False: there is none,
 * or it does not fit; out is "" then.
 */
bool rp_xml_text(
    const struct rp_xml *in, const char *name, char *out, size_t size);

#endif
