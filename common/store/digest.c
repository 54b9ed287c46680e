#include "store/digest.h"

#include <openssl/evp.h>

enum rp_status
rp_digest_begin(
    struct rp_digest *d, enum rp_digest_kind kind, struct rp_error *err)
{
	if (d->context == NULL)
		d->context = EVP_MD_CTX_new();
	if (d->context == NULL)
		return rp_error_no_memory(err);
	if (EVP_DigestInit_ex(d->context,
		kind == RP_MD5 ? EVP_md5() : EVP_sha256(), NULL) != 1)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "libcrypto has no %s here",
		    kind == RP_MD5 ? "MD5" : "SHA-256");
	return RP_OK;
}

void
rp_digest_add(struct rp_digest *d, const void *p, size_t len)
{
	(void)EVP_DigestUpdate(d->context, p, len);
}

void
rp_digest_end(struct rp_digest *d, uint8_t *out)
{
	(void)EVP_DigestFinal_ex(d->context, out, NULL);
}

void
rp_digest_free(struct rp_digest *d)
{
	EVP_MD_CTX_free(d->context);
	d->context = NULL;
}

void
rp_hex(char *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void
rp_base64(char *out, const uint8_t *bytes, size_t n)
{
	(void)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

const char *
rp_digest_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
