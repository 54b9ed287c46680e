/* MD5 and SHA-256 (libcrypto, loaded at the first): what object stores know bytes by. */
#ifndef RP_STORE_DIGEST_H
#define RP_STORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum rp_digest_kind { RP_MD5, RP_SHA256 };
enum { RP_MD5_SIZE = 16, RP_SHA256_SIZE = 32, RP_DIGEST_MOST = 32 };

/* All zero is one that has not begun; free leaves it so. */
struct rp_digest {
	void *context;
};

/* Begin, or begin anew. RP_ERR_NOMEM; RP_ERR_UNSUPPORTED: the library was set
 * up without this digest, as FIPS has it for MD5. */
RP_CHECKED enum rp_status rp_digest_begin(
    struct rp_digest *d, enum rp_digest_kind kind, struct rp_error *err);
void rp_digest_add(struct rp_digest *d, const void *p, size_t len);
/* The digest's 16 or 32 bytes. */
void rp_digest_end(struct rp_digest *d, uint8_t *out);
void rp_digest_free(struct rp_digest *d);

/* n bytes as 2 n lower-case hex digits, terminated. */
void rp_hex(char *out, const uint8_t *bytes, size_t n);
/* The reverse, of 2 n hex digits and no more; false: it is not that. */
bool rp_unhex(uint8_t *bytes, const char *hex, size_t n);

/* n bytes in base64, terminated: 4 * ((n + 2) / 3) + 1 bytes. */
void rp_base64(char *out, const uint8_t *bytes, size_t n);

/* "3.0.22": libcrypto's, which is loaded; NULL: it is not to be had. */
const char *rp_digest_version(void);

#endif
