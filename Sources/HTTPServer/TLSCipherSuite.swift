/// A cipher suite by its registered name: those that https://pkg.go.dev/crypto/tls#CipherSuites lists or has listed.
package struct TLSCipherSuite: Hashable, Sendable {
    package enum KeyExchange: String, Sendable {
        // In GnuTLS' terms.
        case ecdheRSA = "ECDHE-RSA"
        case ecdheECDSA = "ECDHE-ECDSA"
        /// Without forward secrecy.
        case rsa = "RSA"
    }

    package let name: String
    /// Nil for the suites of TLS 1.3, which leave it open.
    let keyExchange: KeyExchange?
    /// In GnuTLS' terms.
    let cipher: String
    /// In GnuTLS' terms.
    let mac: String

    /// Nil if the name is none of `known`.
    package init?(_ name: String) {
        guard let suite = Self.known.first(where: { $0.name == name }) else { return nil }
        self = suite
    }

    private init(_ name: String, _ keyExchange: KeyExchange?, _ cipher: String, _ mac: String) {
        self.name = name
        self.keyExchange = keyExchange
        self.cipher = cipher
        self.mac = mac
    }

    /// Whether TLS 1.3 has its cipher, whatever version it is named for.
    var isForTLS13: Bool { mac == "AEAD" }

    package static let known: [TLSCipherSuite] =
        [
            TLSCipherSuite("TLS_AES_128_GCM_SHA256", nil, "AES-128-GCM", "AEAD"),
            TLSCipherSuite("TLS_AES_256_GCM_SHA384", nil, "AES-256-GCM", "AEAD"),
            TLSCipherSuite("TLS_CHACHA20_POLY1305_SHA256", nil, "CHACHA20-POLY1305", "AEAD"),
        ] + suites("ECDHE_RSA", .ecdheRSA) + suites("ECDHE_ECDSA", .ecdheECDSA)
        + suites("RSA", .rsa).filter { $0.cipher.hasPrefix("AES") }

    /// Those of TLS 1.2 with a key exchange; with RSA alone, the last of them does not exist.
    private static func suites(_ name: String, _ exchange: KeyExchange) -> [TLSCipherSuite] {
        [
            TLSCipherSuite("TLS_\(name)_WITH_AES_128_CBC_SHA", exchange, "AES-128-CBC", "SHA1"),
            TLSCipherSuite("TLS_\(name)_WITH_AES_256_CBC_SHA", exchange, "AES-256-CBC", "SHA1"),
            TLSCipherSuite("TLS_\(name)_WITH_AES_128_GCM_SHA256", exchange, "AES-128-GCM", "AEAD"),
            TLSCipherSuite("TLS_\(name)_WITH_AES_256_GCM_SHA384", exchange, "AES-256-GCM", "AEAD"),
            TLSCipherSuite("TLS_\(name)_WITH_CHACHA20_POLY1305_SHA256", exchange, "CHACHA20-POLY1305", "AEAD"),
        ]
    }
}

/// A curve for the key exchange, by the name it has in https://pkg.go.dev/crypto/tls#CurveID.
package enum TLSCurve: String, CaseIterable, Sendable {
    case p256 = "CurveP256"
    case p384 = "CurveP384"
    case p521 = "CurveP521"
    case x25519 = "X25519"

    /// In GnuTLS' terms.
    var group: String {
        switch self {
        case .p256: "GROUP-SECP256R1"
        case .p384: "GROUP-SECP384R1"
        case .p521: "GROUP-SECP521R1"
        case .x25519: "GROUP-X25519"
        }
    }
}
