#include "store/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/bytes.h"
#include "base/library.h"

/* clang-format off */
#define CALLS(X) \
	X(EVP_MD_CTX_new) X(EVP_MD_CTX_free) X(EVP_md5) X(EVP_sha256) \
	X(EVP_DigestInit_ex) X(EVP_DigestUpdate) X(EVP_DigestFinal_ex) \
	X(EVP_EncodeBlock) X(OpenSSL_version)
/* clang-format on */
#define MEMBER(name) __typeof__(name) *(name);
#define NAME(name) #name,
#define TEXT(x) #x
#define FILE_OF(version) "libcrypto.so." TEXT(version)

/* libcrypto, once it was loaded. */
static struct {
	CALLS(MEMBER)
} crypto;

static void
load(void)
{
	static const char *const names[] = { CALLS(NAME) };

	if (!rp_library_load(
		FILE_OF(OPENSSL_SHLIB_VERSION), names, RP_LEN(names), &crypto))
		crypto.EVP_MD_CTX_new = NULL;
}

static bool
is_loaded(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	return pthread_once(&once, load) == 0 && crypto.EVP_MD_CTX_new != NULL;
}

enum rp_status
rp_digest_begin(
    struct rp_digest *d, enum rp_digest_kind kind, struct rp_error *err)
{
	if (!is_loaded())
		return rp_error_set(
		    err, RP_ERR_UNSUPPORTED, "libcrypto cannot be loaded");
	if (d->context == NULL)
		d->context = crypto.EVP_MD_CTX_new();
	if (d->context == NULL)
		return rp_error_no_memory(err);
	if (crypto.EVP_DigestInit_ex(d->context,
		kind == RP_MD5 ? crypto.EVP_md5() : crypto.EVP_sha256(),
		NULL) != 1)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "libcrypto has no %s here",
		    kind == RP_MD5 ? "MD5" : "SHA-256");
	return RP_OK;
}

void
rp_digest_add(struct rp_digest *d, const void *p, size_t len)
{
	(void)crypto.EVP_DigestUpdate(d->context, p, len);
}

void
rp_digest_end(struct rp_digest *d, uint8_t *out)
{
	(void)crypto.EVP_DigestFinal_ex(d->context, out, NULL);
}

void
rp_digest_free(struct rp_digest *d)
{
	if (d->context != NULL)
		crypto.EVP_MD_CTX_free(d->context);
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

bool
rp_unhex(uint8_t *bytes, const char *hex, size_t n)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d;

	if (strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < 2 * n; i++) {
		if ((d = strchr(digits, hex[i])) == NULL)
			return false;
		bytes[i / 2] =
		    (uint8_t)(bytes[i / 2] << 4 | ((d - digits) % 16));
	}
	return true;
}

void
rp_base64(char *out, const uint8_t *bytes, size_t n)
{
	(void)crypto.EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

const char *
rp_digest_version(void)
{
	return is_loaded() ? crypto.OpenSSL_version(OPENSSL_VERSION_STRING)
			   : NULL;
}
