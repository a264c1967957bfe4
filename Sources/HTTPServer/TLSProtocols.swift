/// The versions, cipher suites and curves a server with TLS takes.
///
/// GnuTLS chooses key exchange, cipher and curve each for itself, and has one list of ciphers for TLS 1.2 and 1.3.
package struct TLSProtocols: Hashable, Sendable {
    package enum Version: Int, Sendable {
        case tls12, tls13
    }

    package var minimum = Version.tls12
    package var maximum = Version.tls13
    /// In order of preference; GnuTLS' own choice where empty.
    package var cipherSuites: [TLSCipherSuite] = []
    /// In order of preference; GnuTLS' own choice where empty.
    package var curves: [TLSCurve] = []
    /// Whether the server's order decides, and not the client's.
    package var prefersServerOrder = true

    package init() {}

    /// In GnuTLS' own terms: https://gnutls.org/manual/html_node/Priority-Strings.html
    var priorities: String {
        var terms = ["NORMAL", "-VERS-ALL"]
        if maximum == .tls13 { terms.append("+VERS-TLS1.3") }
        if minimum == .tls12 { terms.append("+VERS-TLS1.2") }
        // Without forward secrecy a stolen key opens what was recorded before.
        terms.append("-RSA")
        if !cipherSuites.isEmpty {
            let exchanges = cipherSuites.compactMap(\.keyExchange?.rawValue)
            // TLS 1.3 looks at none of them, but GnuTLS takes no list without any.
            terms += (exchanges.isEmpty ? [] : ["-KX-ALL"]) + ["-CIPHER-ALL", "-MAC-ALL"]
            terms += unique(exchanges + cipherSuites.map(\.cipher) + cipherSuites.map(\.mac)).map { "+\($0)" }
        }
        if !curves.isEmpty { terms += ["-GROUP-ALL"] + unique(curves.map(\.group)).map { "+\($0)" } }
        if prefersServerOrder { terms.append("%SERVER_PRECEDENCE") }
        return terms.joined(separator: ":")
    }

    /// Why GnuTLS cannot do exactly this, and what to do; nil if it can.
    package var fault: String? {
        guard minimum.rawValue <= maximum.rawValue else {
            return "the minimum version is above the maximum; no client could connect"
        }
        guard !cipherSuites.isEmpty else { return nil }
        if maximum == .tls13, !cipherSuites.contains(where: \.isForTLS13) {
            return "none of the suites has a cipher of TLS 1.3; add one, such as TLS_AES_128_GCM_SHA256, or set"
                + " max_version to TLS12"
        }
        if minimum == .tls12, !cipherSuites.contains(where: { $0.keyExchange != nil }) {
            return "none of the suites is for TLS 1.2; add one, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, or set"
                + " min_version to TLS13"
        }
        guard let other = unwanted else { return nil }
        return
            "GnuTLS would take \(other.name) as well, since it chooses key exchange and cipher apart; add it, or name"
            + " the same ciphers with each key exchange"
    }

    /// A suite of TLS 1.2 that is not among those wanted and that `priorities` allow all the same.
    private var unwanted: TLSCipherSuite? {
        guard minimum == .tls12 else { return nil }
        let exchanges = Set(cipherSuites.compactMap(\.keyExchange))
        let ciphers = Set(cipherSuites.map(\.cipher))
        return TLSCipherSuite.known.first { suite in
            guard let exchange = suite.keyExchange, !cipherSuites.contains(suite) else { return false }
            return exchanges.contains(exchange) && ciphers.contains(suite.cipher)
        }
    }
}

private func unique(_ terms: [String]) -> [String] {
    terms.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
}
