// The compression function of SHA-256, by the processor's own instructions where it has them.
#ifndef CK_SHA256_H
#define CK_SHA256_H

#include <stddef.h>
#include <stdint.h>

/// Takes `count` blocks of 64 bytes into the state (FIPS 180-4, section 6.2.2).
void ck_sha256(uint32_t *_Nonnull state, const uint8_t *_Nonnull blocks, size_t count);

/// The same without instructions of its own, for any processor.
void ck_sha256_portable(uint32_t *_Nonnull state, const uint8_t *_Nonnull blocks, size_t count);

#endif
