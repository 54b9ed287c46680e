/*
 * CRC-32 as zlib, Ethernet and the checksums of crypto venues have it:
 * reflected polynomial EDB88320, inverted before and after. Of "123456789" it
 * is CBF43926.
 */
#ifndef RP_BASE_CRC32_H
#define RP_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of n more bytes behind those that crc is of; 0 to begin with. */
uint32_t rp_crc32(uint32_t crc, const void *p, size_t n);

/*
 * CRC-32C, as iSCSI and object stores have it: the same with the polynomial
 * 82F63B78. Of "123456789" it is E3069283.
 */
uint32_t rp_crc32c(uint32_t crc, const void *p, size_t n);

#endif
