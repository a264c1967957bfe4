#pragma once
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/// gnutls_free is a variable, which Swift cannot read safely.
static inline void cgnutls_free(void *_Nullable memory) {
    gnutls_free(memory);
}
