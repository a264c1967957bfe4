import Foundation
import TestSupport
import Testing

/// The variables that HTTP and TLS libraries read, as the built exporter takes them, and its secrets in them.
@Suite(.fewAtATime) struct EnvironmentTests {
    private static let name = "twilio-comms-exporter"
    private static let port = "the port must be a number from 1 to 65535, as in http://proxy.example:3128"
    private static let login = """
        in a user name or password, percent-encode # as %23, / as %2F, ? as %3F, @ as %40 and a blank as %20
        """

    @Test(
        "a proxy variable that is wrong is one line, with its name and without its value, and exit status 2",
        arguments: [
            ("https_proxy", "http://us3r:s3c#ret@proxy:3128", login),
            ("HTTPS_PROXY", "http://us3r:s3c/ret@proxy:3128", login),
            ("http_proxy", "us3r:s3c?ret@proxy:3128", login), ("all_proxy", "http://us3r:s3c@ret@proxy:3128", login),
            ("ALL_PROXY", "socks5://us3r:s3c ret@proxy:1080", login), ("https_proxy", "http://us3r:s3cret", port),
            ("https_proxy", "http://us3r:s3cret@proxy:312x", port),
            (
                "https_proxy", "htps://us3r:s3cret@proxy:3128",
                "the scheme must be http, https, socks4, socks4a, socks5 or socks5h, as in http://proxy.example:3128"
            ),
            (
                "no_proxy", "localhost,http://us3r:s3cret@proxy",
                "must be hosts, separated by commas, or *; one of them is a URL or has an @"
            ),
        ])
    func wrongProxy(variable: String, value: String, fault: String) async throws {
        let environment = ExporterProcess.credentials.merging([variable: value]) { $1 }
        for arguments in [["--config.check"], ["--once"], ["--web.listen-address=127.0.0.1:0"]] {
            let end = try await Program(
                Self.name, arguments + ["--storage.path=:memory:"], environment: environment
            ).wait()
            #expect(end.status == 2)
            #expect(end.output == "")
            #expect(end.errors == "twilio-comms-exporter: \(variable): \(fault)\n")
        }
    }

    @Test("a proxy is asked as its variable says, with the password that its percent-encoding stands for")
    func rightProxy() async throws {
        let body = #"{"operations":[]}"#
        let proxy = try ScriptedPeer(
            .init("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", then: .keepOpen))
        let end = try await Program(
            Self.name, ["--once", "--storage.path=:memory:", "--twilio.base-url=http://comms.example"],
            environment: ExporterProcess.credentials.merging([
                "http_proxy": "http://us3r:s3c%23%2F%40ret@127.0.0.1:\(proxy.port)", "https_proxy": "", "no_proxy": "",
                "SSL_CERT_FILE": "", "SSL_CERT_DIR": "", "CURL_CA_BUNDLE": "",
            ]) { $1 }
        ).wait()
        #expect(end.status == 0, "\(end.errors)")
        let head = try #require(await proxy.requests.first { _ in true }).head
        #expect(head.hasPrefix("GET http://comms.example/v1/Messages/Operations?"))
        // us3r:s3c#/@ret
        #expect(head.contains("\r\nProxy-Authorization: Basic dXMzcjpzM2MjL0ByZXQ=\r\n"))
        #expect(!end.errors.contains("s3c"))
    }

    @Test("a proxy that is not found, or refuses its login, is told of without its user")
    func lostProxy() async throws {
        let refusing = try ScriptedPeer(
            .init(
                "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"http://us3r:s3cret@proxy\"\r\nContent-Length: 60\r\n\r\n"
                    + #"{"code":1,"message":"no entry for http://us3r:s3cret@proxy"} "#))
        for proxy in ["http://us3r:s3cret@nobody.invalid:3128", "http://us3r:s3cret@127.0.0.1:\(refusing.port)"] {
            let exporter = try await ExporterProcess(
                baseURL: "http://comms.example", storage: ":memory:",
                environment: ExporterProcess.credentials.merging(["http_proxy": proxy]) { $1 })
            _ = try await exporter.scrape(when: "a poll fails") { samples in
                ["network", "client_error"].contains {
                    samples[series("poll_failures_total", "reason=\"\($0)\"")] ?? 0 > 0
                }
            }
            var seen = [try await exporter.get("/").text, try await exporter.get("/config").text]
            let end = await exporter.program.end()
            seen += [end.output, end.errors]
            #expect(end.errors.contains("Could not resolve proxy: nobody.invalid") || end.errors.contains("status 407"))
            for text in seen { for secret in ["us3r", "s3cret"] { #expect(!text.contains(secret), "\(text)") } }
        }
    }

    @Test("no session's keys are written to the file that SSLKEYLOGFILE names, neither the API's nor a scraper's")
    func keyLog() async throws {
        let folder = try TemporaryFolder()
        let api = try FaultyAPI(keepsOpen: false)
        let front = try await TLSFront(before: api)
        let certificates = try await Certificates()
        try await certificates.make("server")
        let file = try certificates.write(
            "tls_server_config: {cert_file: server.pem, key_file: server.key}\n", to: "web.yml")
        let keys = folder.path + "/keys"
        let exporter = try await ExporterProcess(
            ["--web.config.file=\(file)"], baseURL: front.baseURL, storage: ":memory:",
            environment: ExporterProcess.credentials.merging([
                "SSL_CERT_FILE": front.trusted, "SSLKEYLOGFILE": keys,
            ]) { $1 })
        _ = try await eventually("the API is asked") { front.requests(under: .good) > 0 ? true : nil }
        let scrape = try await Curl.get(
            "https://127.0.0.1:\(exporter.port)/metrics", ["--cacert", certificates.pem("authority")])
        #expect(scrape.code == 200)
        #expect(await exporter.program.end().status == 0)
        #expect(!FileManager.default.fileExists(atPath: keys))
    }
}
