internal import CGnuTLS
import Glibc

/// A certificate, a key and the rules that go with them, as GnuTLS holds them; made once, and then shared by all
/// connections that started under it, each of which keeps it alive.
package final class TLSContext: @unchecked Sendable {
    // Proof for @unchecked: both handles are made in `init`, only read by GnuTLS afterwards, which allows that from several
    // threads (https://gnutls.org/manual/html_node/Thread-safety.html), and freed in `deinit`, when no session is left.
    private let credentials: gnutls_certificate_credentials_t
    private let priorities: gnutls_priority_t
    let policy: ClientPolicy

    /// Throws what is wrong with the settings.
    package init(_ settings: TLSSettings) throws(TLSFault) {
        if let fault = settings.protocols.fault { throw TLSFault(part: .protocols, description: fault) }
        var priorities: gnutls_priority_t?
        guard gnutls_priority_init(&priorities, settings.protocols.priorities, nil) == GNUTLS_E_SUCCESS, let priorities
        else {
            throw TLSFault(part: .protocols, description: "GnuTLS has no such ciphers or curves; leave them out")
        }
        self.priorities = priorities
        do { credentials = try makeCredentials(settings) } catch {
            gnutls_priority_deinit(priorities)
            throw error
        }
        policy = settings.clientPolicy
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        gnutls_priority_deinit(priorities)
    }

    /// Makes a session that has not begun its handshake one of this context, which must outlive it.
    func apply(to session: OpaquePointer) {
        gnutls_priority_set(session, priorities)
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
        gnutls_certificate_server_set_request(
            session, policy.demand == .none ? GNUTLS_CERT_IGNORE : GNUTLS_CERT_REQUEST)
    }

    /// Why the client of a session of this context is not served; nil if it is.
    func clientFault(of session: OpaquePointer) -> String? {
        policy.demand == .none ? nil : policy.fault(of: ClientCertificate(of: session, verified: policy.verifies))
    }
}

private func makeCredentials(_ settings: TLSSettings) throws(TLSFault) -> gnutls_certificate_credentials_t {
    var made: gnutls_certificate_credentials_t?
    guard gnutls_certificate_allocate_credentials(&made) == GNUTLS_E_SUCCESS, let credentials = made else {
        throw TLSFault(part: .certificates, description: "there is no memory for it")
    }
    do {
        try setCertificate(of: credentials, settings)
        if let authorities = settings.clientAuthorities {
            try setTrust(of: credentials, authorities)
        } else if settings.clientPolicy.verifies {
            try setSystemTrust(of: credentials)
        }
        return credentials
    } catch {
        gnutls_certificate_free_credentials(credentials)
        throw error
    }
}

private func setCertificate(
    of credentials: gnutls_certificate_credentials_t, _ settings: TLSSettings
) throws(TLSFault) {
    try checkCertificates(settings.certificates)
    try checkKey(settings.key)
    let status = withDatum(settings.certificates) { certificates in
        withDatum(settings.key) { key in
            gnutls_certificate_set_x509_key_mem2(credentials, certificates, key, GNUTLS_X509_FMT_PEM, nil, 0)
        }
    }
    guard status >= 0 else {
        throw TLSFault(
            part: .key,
            description: status == GNUTLS_E_CERTIFICATE_KEY_MISMATCH
                ? "is not the key of the certificate; renew both together" : "cannot be used: \(message(status))")
    }
}

private func checkCertificates(_ text: String) throws(TLSFault) {
    var list: UnsafeMutablePointer<gnutls_x509_crt_t?>?
    var count: UInt32 = 0
    let status = withDatum(text) {
        gnutls_x509_crt_list_import2(&list, &count, $0, GNUTLS_X509_FMT_PEM, 0)
    }
    guard status >= 0 else {
        throw TLSFault(part: .certificates, description: "holds no certificates in PEM: \(message(status))")
    }
    for index in 0..<Int(count) { gnutls_x509_crt_deinit(list?[index]) }
    cgnutls_free(list)
}

private func checkKey(_ text: String) throws(TLSFault) {
    var made: gnutls_x509_privkey_t?
    guard gnutls_x509_privkey_init(&made) == GNUTLS_E_SUCCESS, let key = made else {
        throw TLSFault(part: .key, description: "there is no memory for it")
    }
    defer { gnutls_x509_privkey_deinit(key) }
    let status = withDatum(text) { gnutls_x509_privkey_import2(key, $0, GNUTLS_X509_FMT_PEM, nil, 0) }
    guard status >= 0 else {
        throw TLSFault(
            part: .key,
            description: status == GNUTLS_E_DECRYPTION_FAILED || text.contains("ENCRYPTED")
                ? "is encrypted; give it without a passphrase (openssl pkey)"
                : "holds no private key in PEM: \(message(status))")
    }
}

private func setTrust(of credentials: gnutls_certificate_credentials_t, _ text: String) throws(TLSFault) {
    let count = withDatum(text) {
        gnutls_certificate_set_x509_trust_mem(credentials, $0, GNUTLS_X509_FMT_PEM)
    }
    guard count > 0 else {
        throw TLSFault(
            part: .clientAuthorities,
            description: "holds no certificates in PEM" + (count < 0 ? ": \(message(count))" : ""))
    }
}

private func setSystemTrust(of credentials: gnutls_certificate_credentials_t) throws(TLSFault) {
    guard gnutls_certificate_set_x509_system_trust(credentials) > 0 else {
        throw TLSFault(
            part: .clientAuthorities,
            description: "is missing, and the system has no authorities either, so that no client could be verified")
    }
}

/// Calls `body` with the bytes of a text, as long as they stay where they are.
private func withDatum<Result>(_ text: String, _ body: (UnsafePointer<gnutls_datum_t>) -> Result) -> Result {
    var bytes = Array(text.utf8)
    return bytes.withUnsafeMutableBufferPointer { buffer in
        var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(clamping: buffer.count))
        return withUnsafePointer(to: &datum, body)
    }
}

private func message(_ status: Int32) -> String {
    gnutls_strerror(status).map { String(cString: $0) } ?? "error \(status)"
}
