import Files
import HTTPServer
import TestSupport
import Testing

@testable import Configuration

struct WebConfigurationTests {
    /// As the documentation of the format shows it, and what this one adds.
    private static let hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"

    private func certificates() async throws -> Certificates {
        let certificates = try await Certificates()
        try await certificates.make("server")
        return certificates
    }

    private func read(_ text: String, _ certificates: Certificates) throws -> WebReading {
        WebReading(path: try certificates.write(text, to: "web.yml"))
    }

    /// The faults, without the folder.
    private func faults(_ text: String, _ certificates: Certificates) throws -> [String] {
        switch try read(text, certificates).result {
        case .success: []
        case .failure(let error): error.faults.map { $0.replacing(certificates.path + "/", with: "") }
        }
    }

    @Test(arguments: ["", "# nothing\n", "{}\n", "tls_server_config:\nbasic_auth_users:\n", "tls_server_config: {}\n"])
    func `a file that says nothing is valid, and changes nothing`(text: String) async throws {
        let configuration = try await read(text, certificates()).result.get()
        #expect(configuration.tls == nil)
        #expect(configuration.users.isEmpty)
        #expect(configuration.headers.isEmpty)
        #expect(configuration.rateLimit == nil)
        #expect(configuration.openPaths == ["/-/healthy", "/-/ready"])
    }

    @Test func `everything that is not TLS is read`() async throws {
        let configuration = try await read(
            """
            http_server_config:
              http2: false
              headers:
                Content-Security-Policy: "default-src 'self'"
                X-Frame-Options: deny
                X-Content-Type-Options: nosniff
                X-XSS-Protection: 1
                Strict-Transport-Security: max-age=31536000; includeSubDomains
            basic_auth_users:
              alice: \(Self.hash)
              "007": \(Self.hash)
            rate_limit:
              interval: 1m30s
              burst: 20
            auth_excluded_paths: [/metrics]
            """, certificates()
        ).result.get()
        #expect(
            configuration.headers.map { "\($0.name): \($0.value)" } == [
                "Content-Security-Policy: default-src 'self'", "X-Frame-Options: deny",
                "X-Content-Type-Options: nosniff",
                "X-XSS-Protection: 1", "Strict-Transport-Security: max-age=31536000; includeSubDomains",
            ])
        #expect(configuration.users.keys.sorted() == ["007", "alice"])
        #expect(configuration.rateLimit == WebConfiguration.RateLimit(interval: .seconds(90), burst: 20))
        #expect(configuration.openPaths == ["/metrics"])
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: ["auth_excluded_paths: []", "rate_limit: {interval: 0, burst: 0}", "rate_limit: {interval: 0s}"])
    func `what is switched off is off`(text: String) async throws {
        let configuration = try await read(text, certificates()).result.get()
        #expect(configuration.rateLimit == nil)
        #expect(configuration.openPaths.isEmpty == text.hasPrefix("auth"))
    }

    @Test(
        "TLS settings that are good are read",
        arguments: [
            "client_auth_type: NoClientCert", "client_auth_type: RequestClientCert",
            "client_auth_type: RequireAnyClientCert",
            "client_auth_type: RequireClientCert", "client_auth_type: VerifyClientCertIfGiven",
            "client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.pem\n  client_allowed_sans: [a, b]",
            "client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a]", "min_version: TLS13",
            "min_version: TLS12\n  max_version: TLS12", "prefer_server_cipher_suites: false",
            "max_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]",
            "curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]",
            "min_version: TLS13\n  curve_preferences: [CurveP521]",
        ])
    func goodTLS(lines: String) async throws {
        let configuration = try await read(
            "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  \(lines)\n", certificates()
        ).result.get()
        #expect(configuration.tls != nil)
        let verifiesBySystem = lines.contains("Verify") && !lines.contains("client_ca")
        #expect(configuration.warnings.count == (verifiesBySystem ? 1 : 0))
    }

    @Test func `certificate, key and authority may stand in the file itself`() async throws {
        let certificates = try await certificates()
        func indented(_ path: String) throws -> String {
            try certificates.text(path).replacing("\n", with: "\n    ")
        }
        let configuration = try read(
            """
            tls_server_config:
              cert: |
                \(indented(certificates.pem("server")))
              key: |
                \(indented(certificates.key("server")))
              client_ca: |
                \(indented(certificates.pem("authority")))
              client_auth_type: RequireAndVerifyClientCert
            """, certificates
        ).result.get()
        #expect(configuration.tls != nil)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        "each fault is told with file, line and key",
        arguments: [
            (
                "junk: 1",
                "web.yml:1: junk: unknown key; known here: tls_server_config, http_server_config, basic_auth_users,"
            ),
            ("tls_server_config: 1", "web.yml:1: tls_server_config: must be a mapping"),
            (
                "tls_server_config:\n  min_version: TLS12",
                "web.yml:2: tls_server_config.cert_file: is missing; TLS needs"
            ),
            ("tls_server_config:\n  cert_filse: a", "web.yml:2: tls_server_config.cert_filse: unknown key"),
            (
                "http_server_config:\n  http2: true",
                "web.yml:2: http_server_config.http2: this server speaks HTTP/1.1 only; write"
            ),
            (
                "http_server_config:\n  headers:\n    Server: me",
                "web.yml:3: http_server_config.headers.Server: unknown key; known here: Content-Security-Policy, X-Frame-Options,"
            ),
            (
                "http_server_config:\n  headers:\n    X-Frame-Options: allow",
                "web.yml:3: http_server_config.headers.X-Frame-Options: must be deny or sameorigin, not \"allow\""
            ),
            (
                "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff",
                "web.yml:3: http_server_config.headers.X-Content-Type-Options: must be nosniff, not"
            ),
            (
                "http_server_config:\n  headers:\n    X-XSS-Protection: \"1\\r\\nX: y\"",
                "web.yml:3: http_server_config.headers.X-XSS-Protection: must be a text of visible characters"
            ),
            (
                "basic_auth_users:\n  alice: secret",
                "web.yml:2: basic_auth_users.alice: is no bcrypt hash ($2y$…); make one with:"
            ),
            ("basic_auth_users:\n  alice:", "web.yml:2: basic_auth_users.alice: the hash of the password is missing"),
            ("basic_auth_users:\n  \"a:b\": \(hash)", "web.yml:2: basic_auth_users.a: a colon ends the name"),
            ("basic_auth_users: [alice]", "web.yml:1: basic_auth_users: must be a mapping"),
            ("rate_limit:\n  interval: 1", "web.yml:2: rate_limit.interval: must be a duration like 1s or 100ms, or 0"),
            ("rate_limit:\n  interval: 1s\n  burst: 0", "web.yml:3: rate_limit.burst: is 0, with which no request"),
            ("rate_limit:\n  interval: 1s\n  burst: -1", "web.yml:3: rate_limit.burst: must be a whole number from 0"),
            (
                "auth_excluded_paths: [healthy]",
                "web.yml:1: auth_excluded_paths[0]: must be a path like /-/healthy, not"
            ),
            ("a: [", "web.yml:2: is not YAML: "),
        ])
    func fault(text: String, start: String) async throws {
        let faults = try faults(text, await certificates())
        #expect(faults.contains { $0.hasPrefix(start) }, "\(faults)")
    }

    @Test(
        "each fault of TLS is told with its key, and what to do",
        arguments: [
            ("cert_file: none.pem", "cert_file: none.pem cannot be read: No such file or directory"),
            ("cert_file: \"\"", "cert_file: is missing; TLS needs a certificate and its key"),
            ("key_file: other.key", "key_file: is not the key of the certificate; renew both together"),
            ("key_file: server.pem", "key_file: holds no private key in PEM: "),
            ("cert_file: server.key", "cert_file: holds no certificates in PEM: "),
            ("cert: x", "cert: is there as well as cert_file; leave one of them out"),
            (
                "client_auth_type: Require",
                "client_auth_type: must be one of NoClientCert, RequestClientCert, RequireAnyClientCert,"
            ),
            (
                "client_ca_file: authority.pem",
                "client_ca_file: nobody is asked for a certificate; set client_auth_type to"
            ),
            (
                "client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.key",
                "client_ca_file: holds no certificates in PEM"
            ),
            (
                "client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [a]",
                "client_allowed_sans: needs client_auth_type RequireAndVerifyClientCert"
            ),
            ("min_version: TLS11", "min_version: must be TLS12 or TLS13 (RFC 8996 forbids TLS 1.0 and 1.1;"),
            ("min_version: TLS13\n  max_version: TLS12", "min_version: the minimum version is above the maximum"),
            ("max_version: SSL30", "max_version: must be TLS12 or TLS13"),
            (
                "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
                "cipher_suites[0]: must be a cipher suite of Go's crypto/tls"
            ),
            ("cipher_suites: [TLS_AES_128_GCM_SHA256]", "cipher_suites: none of the suites is for TLS 1.2"),
            (
                "curve_preferences: [CurveP224]",
                "curve_preferences[0]: must be one of CurveP256, CurveP384, CurveP521, X25519"
            ),
            ("prefer_server_cipher_suites: maybe", "prefer_server_cipher_suites: must be true or false"),
        ])
    func faultOfTLS(lines: String, start: String) async throws {
        let certificates = try await certificates()
        try await certificates.make("other")
        let rest = ["cert_file: server.pem", "key_file: server.key"].filter { !lines.hasPrefix($0.prefix(9)) }
        let text = "tls_server_config:\n  \(lines)\n" + rest.map { "  \($0)\n" }.joined()
        let faults = try faults(text, certificates)
        #expect(faults.contains { $0.contains(": tls_server_config.\(start)") }, "\(faults)")
        let key = try certificates.text(certificates.key("server")).split(separator: "\n")[1]
        #expect(!faults.joined().contains(key))
    }

    @Test func `all faults are told at once, and secrets in none`() async throws {
        let faults = try faults(
            """
            tls_server_config:
              cert_file: none.pem
              key: not to be shown
              min_version: TLS10
            basic_auth_users:
              alice: not to be shown
            rate_limit: {interval: soon}
            """, await certificates())
        #expect(faults.map { $0.prefix { $0 != " " } } == ["web.yml:2:", "web.yml:4:", "web.yml:6:", "web.yml:7:"])
        #expect(!faults.joined().contains("to be shown"))
    }

    @Test func `a file that is not there is one line`() {
        let reading = WebReading(path: "/nonexistent/web.yml")
        guard case .failure(let error) = reading.result else {
            Issue.record("it was read")
            return
        }
        #expect(error.description == "/nonexistent/web.yml: cannot be read: No such file or directory")
    }

    @Test func `a key that everybody may read is warned of`() async throws {
        let certificates = try await certificates()
        let text = "tls_server_config: {cert_file: server.pem, key_file: server.key}"
        #expect(try read(text, certificates).result.get().warnings.isEmpty)
        let changed = try await Program(path: "/bin/chmod", ["644", certificates.key("server")]).wait()
        #expect(changed.status == 0)
        #expect(
            try read(text, certificates).result.get().warnings == [
                "\(certificates.key("server")) is a private key that everybody on this machine may read; chmod 640"
            ])
    }

    @Test func `a change of any of the files shows, and so does one that was missing`() async throws {
        let certificates = try await certificates()
        let text = "tls_server_config: {cert_file: server.pem, key_file: later.key}"
        let reading = try read(text, certificates)
        #expect(reading.files.now == reading.files)
        try certificates.replace(file: "server.pem", with: "authority.pem")
        #expect(reading.files.now != reading.files)
        let second = try read(text, certificates)
        #expect(second.files.now == second.files)
        try certificates.replace(file: "later.key", with: "server.key")
        #expect(second.files.now != second.files)
    }
}
