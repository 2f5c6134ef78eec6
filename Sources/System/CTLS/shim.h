#pragma once
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Macros, or made of several calls, which Swift does not import.
static inline void CTLS_require_tls_1_2(SSL_CTX *context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void CTLS_set_server_name(SSL *session, const char *name) {
  // An address is no name (RFC 6066).
  ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
  if (address) {
    ASN1_OCTET_STRING_free(address);
  } else {
    SSL_set_tlsext_host_name(session, name);
  }
}
static inline int CTLS_check_name(SSL *session, const char *name) {
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) == 1 ||
         SSL_set1_host(session, name) == 1;
}
// The length of the hash, 0 when there is none.
static inline unsigned CTLS_server_certificate_hash(SSL *session, unsigned char *hash) {
  unsigned length = 0;
  int digest = NID_undef;
  X509 *certificate = SSL_get1_peer_certificate(session);
  if (certificate &&
      OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, NULL) == 1) {
    int isOld = digest == NID_md5 || digest == NID_sha1;
    const EVP_MD *method = isOld ? EVP_sha256() : EVP_get_digestbynid(digest);
    if (!method || X509_digest(certificate, method, hash, &length) != 1) length = 0;
  }
  X509_free(certificate);
  return length;
}
