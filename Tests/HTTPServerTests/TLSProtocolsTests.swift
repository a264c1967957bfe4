import Testing

@testable import HTTPServer

struct TLSProtocolsTests {
    private func protocols(
        _ suites: [String] = [], _ minimum: TLSProtocols.Version = .tls12, _ maximum: TLSProtocols.Version = .tls13
    ) -> TLSProtocols {
        var protocols = TLSProtocols()
        protocols.cipherSuites = suites.compactMap(TLSCipherSuite.init)
        protocols.minimum = minimum
        protocols.maximum = maximum
        return protocols
    }

    @Test func `by default it is TLS 1 2 and 1 3 with forward secrecy, in the server's order`() {
        #expect(
            TLSProtocols().priorities == "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE")
        #expect(TLSProtocols().fault == nil)
    }

    @Test func `suites and curves become what GnuTLS calls them`() {
        var settings = protocols(
            ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"], .tls12, .tls12)
        settings.curves = [.p384, .x25519]
        settings.prefersServerOrder = false
        #expect(
            settings.priorities == "NORMAL:-VERS-ALL:+VERS-TLS1.2:-RSA:-KX-ALL:-CIPHER-ALL:-MAC-ALL:+ECDHE-RSA"
                + ":+AES-256-GCM:+AES-128-CBC:+AEAD:+SHA1:-GROUP-ALL:+GROUP-SECP384R1:+GROUP-X25519")
        #expect(settings.fault == nil)
    }

    @Test func `all suites together are no fault, nor is any of TLS 1 2 alone`() {
        #expect(protocols(TLSCipherSuite.known.map(\.name)).fault == nil)
        for suite in TLSCipherSuite.known where suite.keyExchange != nil {
            #expect(protocols([suite.name], .tls12, .tls12).fault == nil, "\(suite.name)")
        }
        #expect(protocols(["TLS_AES_128_GCM_SHA256"], .tls13).fault == nil)
    }

    @Test(
        "what GnuTLS would not do as it is said is a fault",
        arguments: [
            ([], .tls13, .tls12, "the minimum version is above the maximum; no client could connect"),
            (
                ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"], .tls12, .tls13,
                "none of the suites has a cipher of TLS 1.3; add one, such as TLS_AES_128_GCM_SHA256, or set max_version to TLS12"
            ),
            (
                ["TLS_AES_128_GCM_SHA256"], .tls12, .tls13,
                "none of the suites is for TLS 1.2; add one, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, or set min_version"
                    + " to TLS13"
            ),
            (
                ["TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], .tls12, .tls13,
                "GnuTLS would take TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 as well, since it chooses key exchange and cipher apart;"
                    + " add it, or name the same ciphers with each key exchange"
            ),
        ] as [([String], TLSProtocols.Version, TLSProtocols.Version, String)])
    func faults(suites: [String], minimum: TLSProtocols.Version, maximum: TLSProtocols.Version, fault: String) {
        #expect(protocols(suites, minimum, maximum).fault == fault)
    }

    @Test func `names that are no suites or curves are none`() {
        #expect(TLSCipherSuite("TLS_RSA_WITH_RC4_128_SHA") == nil)
        #expect(TLSCipherSuite("tls_aes_128_gcm_sha256") == nil)
        #expect(TLSCurve(rawValue: "X25519MLKEM768") == nil)
    }
}
