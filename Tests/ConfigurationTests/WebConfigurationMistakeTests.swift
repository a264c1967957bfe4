import TestSupport
import Testing

@testable import Configuration

/// Mistakes that are easily made in a web configuration, and what each is answered with, to the letter.
struct WebConfigurationMistakeTests {
    private static let hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"

    private let certificates: Certificates

    init() async throws {
        certificates = try await Certificates()
        try await certificates.make("server")
    }

    private func read(_ text: String) throws -> Result<WebConfiguration, ConfigurationError> {
        WebReading(path: try certificates.write(text, to: "web.yml")).result
    }

    /// The faults, without the folder.
    private func faults(_ text: String) throws -> [String] {
        switch try read(text) {
        case .success: []
        case .failure(let error): error.faults.map { $0.replacing(certificates.path + "/", with: "") }
        }
    }

    private func block(_ path: String) throws -> String {
        "|\n    " + (try certificates.text(path).replacing("\n", with: "\n    "))
    }

    @Test("PEM where the path of a file belongs is refused, and none of it repeated", arguments: [true, false])
    func misplaced(hasNewLines: Bool) throws {
        let key = try certificates.text(certificates.key("server"))
        func value(_ path: String) throws -> String {
            hasNewLines ? try block(path) : try certificates.text(path).replacing("\n", with: " ")
        }
        let faults = try faults(
            """
            tls_server_config:
              cert_file: \(value(certificates.pem("server")))
              key_file: \(value(certificates.key("server")))
              client_ca_file: \(value(certificates.pem("authority")))
              client_auth_type: RequireAndVerifyClientCert
            """)
        #expect(
            faults.map { $0.replacing(/:\d+:/, with: ":") } == [
                "web.yml: tls_server_config.cert_file: holds PEM, and not the path of a file; put it under cert",
                "web.yml: tls_server_config.key_file: holds PEM, and not the path of a file; put it under key",
                "web.yml: tls_server_config.client_ca_file: holds PEM, and not the path of a file; put it under client_ca",
            ])
        for line in key.split(separator: "\n") { #expect(!faults.joined().contains(line)) }
    }

    @Test("an empty list of the clients' names would let nobody in, and is refused")
    func nobodyAllowed() throws {
        #expect(
            try faults(
                """
                tls_server_config:
                  cert_file: server.pem
                  key_file: server.key
                  client_auth_type: RequireAnyClientCert
                  client_allowed_sans: []
                """) == [
                    "web.yml:5: tls_server_config.client_allowed_sans: is empty: nobody would be served; name somebody or"
                        + " leave it out"
                ])
    }

    @Test(
        "a section for TLS in which something is said and no certificate named is no plain HTTP",
        arguments: [
            ("  min_version: TLS12", [(2, "cert_file"), (2, "key_file")]),
            ("  client_auth_type: NoClientCert", [(2, "cert_file"), (2, "key_file")]),
            ("  cert_file: server.pem\n  key_file:", [(3, "key_file")]),
            ("  cert_file: server.pem\n  key_file: \"\"\n  key: ''", [(3, "key_file")]),
        ])
    func namedOnly(lines: String, missing: [(line: Int, key: String)]) throws {
        #expect(
            try faults("tls_server_config:\n\(lines)\n")
                == missing.map {
                    "web.yml:\($0.line): tls_server_config.\($0.key): is missing; TLS needs a certificate and its key"
                })
    }

    @Test(
        "a section for TLS without a value is plain HTTP, as in the toolkit, and warned of",
        arguments: [
            "  cert_file:\n  key_file:", "  cert_file: \"\"\n  key_file: \"\"", "  min_version:", "  client_ca_file: ~",
            "  client_auth_type: \"\"",
        ])
    func saysNothing(lines: String) throws {
        let configuration = try read("tls_server_config:\n\(lines)\n").get()
        #expect(configuration.tls == nil)
        #expect(
            configuration.warnings == [
                "\(certificates.path)/web.yml: tls_server_config has no values: plain HTTP is served, which everybody can"
                    + " read"
            ])
    }

    @Test("an empty text is as good as none beside a certificate and its key")
    func emptyTexts() throws {
        let tls = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
        for line in ["client_auth_type: \"\"", "client_ca_file: \"\"", "client_ca: ''", "cert: \"\"", "key: \"\""] {
            let configuration = try read("\(tls)  \(line)\n").get()
            #expect(configuration.tls != nil)
            #expect(configuration.warnings == [])
        }
    }

    @Test(
        "a key in a file that others may read is warned of, with the file and its mode",
        arguments: ["600", "640", "604", "4644"])
    func readableKey(mode: String) async throws {
        let text = """
            tls_server_config:
              cert_file: server.pem
              key: \(try block(certificates.key("server")))
            """
        #expect(try read(text).get().warnings.isEmpty)
        let file = certificates.path + "/web.yml"
        #expect(try await Program(path: "/bin/chmod", [mode, file]).wait().status == 0)
        let shown = mode.count == 3 ? "0" + mode : mode
        #expect(
            try WebReading(path: file).result.get().warnings
                == (mode == "600"
                    ? []
                    : ["\(file) holds a private key and has mode \(shown), which lets others read it; chmod 600"]))
    }

    @Test("a line as htpasswd prints it is told by its name, and its hash is not repeated")
    func htpasswd() throws {
        let line = "alice:\(Self.hash)"
        #expect(
            try faults("basic_auth_users: {\(line)}\n") == [
                "web.yml:1: basic_auth_users.alice: the hash of the password is missing; as htpasswd prints it, the line"
                    + " needs a space after the colon"
            ])
        #expect(
            try faults("basic_auth_users:\n  \(line)\n") == [
                "web.yml:2: basic_auth_users: must be a mapping (name: value), not a single value"
            ])
        #expect(
            try faults("basic_auth_users:\n  \(line):\n  b:c: \(Self.hash)\n") == [
                "web.yml:2: basic_auth_users.alice: the hash of the password is missing; as htpasswd prints it, the line"
                    + " needs a space after the colon",
                "web.yml:3: basic_auth_users.b: a colon ends the name in basic authentication; choose a name without one",
            ])
        #expect(
            try faults("{\(line)}\n") == [
                "web.yml:1: alice: unknown key; known here: tls_server_config, http_server_config, basic_auth_users,"
                    + " rate_limit, auth_excluded_paths"
            ])
        #expect(
            try faults("basic_auth_users: {\(line), \(line)}\n") == [
                "web.yml:1: is not YAML: alice is there twice, here first"
            ])
    }

    @Test("where name and hash have changed places, nothing of the hash is told")
    func swapped() throws {
        #expect(
            try faults("basic_auth_users: {\"\(Self.hash)\": alice}\n") == [
                "web.yml:1: basic_auth_users.: is no bcrypt hash ($2y$…); make one with: htpasswd -nBC 10 \"\" | tr -d"
                    + " ':\\n'"
            ])
    }

    @Test("the burst of a rate limit has no default, and its interval is as Go writes durations")
    func rateLimit() throws {
        #expect(
            try faults("rate_limit:\n  interval: 1s\n") == [
                "web.yml:2: rate_limit.burst: is missing; write how many requests may come at a time, 1 or more"
            ])
        #expect(
            try faults("rate_limit: {interval: -1s, burst: 1}\n") == [
                "web.yml:1: rate_limit.interval: must be a duration like 1s or 100ms, or 0, not \"-1s\""
            ])
        let limit = try read("rate_limit: {interval: 500us, burst: 2}\n").get().rateLimit
        #expect(limit == WebConfiguration.RateLimit(interval: .microseconds(500), burst: 2))
    }
}

/// https://pkg.go.dev/time#ParseDuration
struct GoDurationTests {
    @Test(
        "what Go takes for a duration is taken, to the nanosecond",
        arguments: [
            ("0", 0), ("+0", 0), ("-0", 0), ("0s", 0), ("1ns", 1), ("500us", 500_000), ("500\u{b5}s", 500_000),
            ("500\u{3bc}s", 500_000), ("1.5s", 1_500_000_000), ("1m30.5s", 90_500_000_000), ("1s1m", 61_000_000_000),
            ("1s1s", 2_000_000_000), (".5s", 500_000_000), ("1.s", 1_000_000_000), ("+5s", 5_000_000_000),
            ("-5ms", -5_000_000), ("0.3ns", 0), ("0.999999999999999999999h", 3_599_999_999_999), ("0.1ms", 100_000),
            ("2562047h47m16.854775807s", Int64.max), ("1h", 3_600_000_000_000), ("00.010s", 10_000_000),
        ])
    func good(text: String, nanoseconds: Int64) {
        #expect(Duration(goText: text) == .nanoseconds(nanoseconds))
    }

    @Test(
        "what Go refuses is refused",
        arguments: [
            "", "1", "+", "-", "s", ".", ".s", "+.s", "1d", "1w", "1 s", " 1s", "1s ", "1S", "1e3s", "1,5s", "--1s",
            "1s-1s",
            "0x1s", "1.5.5s", "1.", "2562047h47m16.854775808s", "9223372036854775808ns", "99999999999999999999h", "١s",
            "1m30", "1\u{b5}", "1us\u{301}",
        ])
    func bad(text: String) {
        #expect(Duration(goText: text) == nil)
    }
}
