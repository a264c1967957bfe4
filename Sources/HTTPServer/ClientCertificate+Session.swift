internal import CGnuTLS
import Glibc

extension ClientCertificate {
    /// What the client of a session has shown; nil if nothing. `verified` says whether to compare it with the authorities
    /// of the session's credentials.
    init?(of session: OpaquePointer, verified: Bool) {
        var count: UInt32 = 0
        guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        self.init(isTrusted: verified && descendsFromAuthority(session), names: alternativeNames(of: chain))
    }
}

/// Whether the client's certificate descends from an authority, is valid now, and may be a client's.
private func descendsFromAuthority(_ session: OpaquePointer) -> Bool {
    var status: UInt32 = .max
    // 1.3.6.1.5.5.7.3.2 is id-kp-clientAuth: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
    var purpose = Array("1.3.6.1.5.5.7.3.2\0".utf8)
    let result = purpose.withUnsafeMutableBufferPointer { purpose in
        var data = gnutls_typed_vdata_st(type: GNUTLS_DT_KEY_PURPOSE_OID, data: purpose.baseAddress, size: 0)
        return gnutls_certificate_verify_peers(session, &data, 1, &status)
    }
    return result == GNUTLS_E_SUCCESS && status == 0
}

/// `certificate` is in DER.
private func alternativeNames(of certificate: UnsafePointer<gnutls_datum_t>) -> [String] {
    var made: gnutls_x509_crt_t?
    guard gnutls_x509_crt_init(&made) == GNUTLS_E_SUCCESS, let parsed = made else { return [] }
    defer { gnutls_x509_crt_deinit(parsed) }
    guard gnutls_x509_crt_import(parsed, certificate, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS else { return [] }
    var names: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    for index in UInt32(0)..<1000 {
        var size = buffer.count
        let type = gnutls_x509_crt_get_subject_alt_name(parsed, index, &buffer, &size, nil)
        // A name that does not fit is none that anybody has allowed.
        guard type != GNUTLS_E_SHORT_MEMORY_BUFFER else { continue }
        guard type >= 0 else { break }
        name(buffer[..<min(size, buffer.count)], of: type).map { names.append($0) }
    }
    return names
}

private func name(_ bytes: ArraySlice<UInt8>, of type: Int32) -> String? {
    switch UInt32(type) {
    case GNUTLS_SAN_IPADDRESS.rawValue: address(Array(bytes))
    case GNUTLS_SAN_DNSNAME.rawValue, GNUTLS_SAN_RFC822NAME.rawValue, GNUTLS_SAN_URI.rawValue:
        String(decoding: bytes, as: UTF8.self)
    default: nil
    }
}

/// Four or sixteen bytes as people write them.
private func address(_ bytes: [UInt8]) -> String? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard [4, 16].contains(bytes.count),
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil
    else { return nil }
    return text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
