import Foundation
import TestSupport
import Testing

@testable import Configuration

/// Web configurations that are to mean the same to this exporter as to promtool, where that is installed.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
struct PromtoolTests {
    private static let tls = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
    private static let hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"

    static let texts = [
        // Sections that say nothing, and marks that end the document.
        "", "---\n", "null\n", "{}\n", "tls_server_config: {}\n---\n", "tls_server_config: {}\n...\n",
        "tls_server_config: {}\n---\n---\n", "\u{FEFF}---\ntls_server_config:\n...\n", "tls_server_config: \"\"\n",
        "http_server_config: \"\"\n", "basic_auth_users: \"\"\n", "rate_limit: \"\"\n", "http_server_config:\n",
        "basic_auth_users: {}\n",
        // Values that are empty.
        "tls_server_config: {cert_file: \"\", key_file: \"\"}\n", "tls_server_config: {cert_file: , min_version: }\n",
        "tls_server_config: {min_version: \"\"}\n", "tls_server_config: {client_auth_type: NoClientCert}\n",
        tls + "  client_auth_type: \"\"\n", tls + "  client_auth_type:\n", tls + "  client_ca_file: \"\"\n",
        tls + "  min_version: \"\"\n", tls + "  min_version:\n", tls + "  cipher_suites: []\n",
        tls + "  cipher_suites: \"\"\n", tls + "  curve_preferences: [\"\"]\n",
        tls + "  prefer_server_cipher_suites:\n", tls + "  prefer_server_cipher_suites: \"\"\n",
        "tls_server_config:\n  cert_file: server.pem\n  key_file: \"\"\n", "http_server_config: {http2: \"\"}\n",
        "http_server_config: {headers: }\n", "http_server_config: {headers: \"\"}\n",
        "http_server_config: {headers: {X-Frame-Options: \"\"}}\n",
        "http_server_config: {headers: {X-Frame-Options: }}\n",
        "http_server_config: {headers: {X-XSS-Protection: \"\"}}\n",
        "http_server_config: {headers: {X-XSS-Protection: }}\n", "basic_auth_users: {alice: \"\"}\n",
        "basic_auth_users: {alice: }\n",
        // Aliases and merge keys.
        "basic_auth_users: {alice: &h \(hash), bob: *h}\n",
        "http_server_config:\n  headers:\n    <<: [{X-XSS-Protection: a}, {X-Frame-Options: deny}]\n",
        "http_server_config:\n  headers:\n    <<:\n", "http_server_config:\n  headers:\n    <<: 5\n",
        "http_server_config:\n  headers:\n    \"<<\": {X-Frame-Options: deny}\n",
    ]

    @Test("a web configuration is taken or refused as promtool does")
    func verdicts() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        for text in Self.texts {
            let file = try certificates.write(text, to: "web.yml")
            let promtool = try await Program(path: "/usr/bin/promtool", ["check", "web-config", file]).wait()
            let reading = WebReading(path: file).result
            let isTaken = (try? reading.get()) != nil
            #expect(isTaken == (promtool.status == 0), "\(text): \(reading), \(promtool.output)\(promtool.errors)")
        }
    }
}
