import Foundation
import Locking
import TestSupport
import Testing

/// The built exporter with --web.config.file, and the real clients that ecosystem files are made for.
@Suite(.fewAtATime) struct WebConfigTests {
    /// Of bcrypt's usual cost.
    private static let user = (
        name: "alice", password: "open:sesame", hash: "$2b$10$KDG75UJFQIdcdhDmkHCFxuGRdKnKzcDPfyNCPm7EFmXcCJD.7Ipby"
    )
    private static let login = ["--user", "\(user.name):\(user.password)"]
    private static let tls = """
        tls_server_config:
          cert_file: server.pem
          key_file: server.key

        """
    private static let users = """
        basic_auth_users:
          \(user.name): \(user.hash)

        """

    private let simulator: SimulatorProcess
    private let certificates: Certificates

    init() async throws {
        simulator = try await SimulatorProcess(["--history=1h", "--history-rate=20"])
        certificates = try await Certificates()
        try await certificates.make("server")
        try await certificates.make("client", names: "DNS:prometheus.example", purpose: "clientAuth")
    }

    private func exporter(_ text: String) async throws -> ExporterProcess {
        let file = try certificates.write(text, to: "web.yml")
        return try await ExporterProcess(
            ["--web.config.file=\(file)"], baseURL: simulator.baseURL, storage: ":memory:")
    }

    private func get(
        _ exporter: ExporterProcess, _ path: String = "/metrics", with arguments: [String] = [],
        scheme: String = "https"
    ) async throws -> Curl.Answer {
        try await Curl.get(
            "\(scheme)://127.0.0.1:\(exporter.port)\(path)", ["--cacert", certificates.pem("authority")] + arguments)
    }

    private var clientCertificate: [String] {
        ["--cert", certificates.pem("client"), "--key", certificates.key("client")]
    }

    /// What nobody may see of this configuration, in whatever the exporter has said.
    private func expectNoSecrets(in texts: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let keys = try ["server", "authority"].flatMap { name in
            try certificates.text(certificates.key(name)).split(separator: "\n").dropFirst().dropLast().map(String.init)
        }
        for secret in keys + [Self.user.password, Self.user.hash, String(Self.user.hash.suffix(20))] {
            for text in texts { #expect(!text.contains(secret), sourceLocation: sourceLocation) }
        }
    }

    @Test("the example passes promtool, and a real Prometheus scrapes by it, over TLS with a certificate and a login")
    func example() async throws {
        let example = try String(
            contentsOfFile: PrometheusProcess.repository + "/deploy/web-config.example.yml", encoding: .utf8)
        let file = try certificates.write(example, to: "web.yml")
        let check = try await Program(path: "/usr/bin/promtool", ["check", "web-config", file]).wait()
        #expect(check.status == 0, "\(check.errors)")

        let exporter = try await exporter(example)
        #expect(exporter.program.standardError.contains(" tls=true"))
        let prometheus = try await PrometheusProcess(
            scraping: exporter.port,
            settings: [
                "scheme: https", "basic_auth: {username: prometheus, password: correct horse battery staple}",
                "tls_config: {ca_file: \(certificates.pem("authority")), cert_file: \(certificates.pem("client")),"
                    + " key_file: \(certificates.key("client"))}",
            ])
        _ = try await eventually("it is scraped") { try await prometheus.query("sum_over_time(up[1m]) >= 5").first }
        #expect(try await prometheus.query("min_over_time(up[1m])") == [1])

        let login = ["--user", "prometheus:correct horse battery staple"]
        #expect(try await get(exporter, with: login).code == 403)
        #expect(try await get(exporter, with: clientCertificate).code == 401)
        let answer = try await get(exporter, with: clientCertificate + login)
        #expect(answer.code == 200)
        #expect(answer.text.contains("\r\nStrict-Transport-Security: max-age=31536000\r\n"))
        for path in ["/-/healthy", "/-/ready"] { #expect(try await get(exporter, path).code == 200) }
    }

    @Test("certificates are renewed under load without a failed scrape, and a broken pair changes nothing")
    func renewal() async throws {
        let exporter = try await exporter(Self.tls)
        let client = try Program(
            path: "/usr/bin/python3",
            ["-u", "-c", scrapeForEver, certificates.pem("authority"), "\(exporter.port)"])
        /// One for each certificate that was met.
        func met() -> Int { client.standardOutput.split(separator: "\n").count { $0.hasPrefix("serial") } }
        /// One for every fifty scrapes.
        func scraped() -> Int { client.standardOutput.split(separator: "\n").count { $0 == "scraped" } }
        _ = try await eventually("it is scraped") { met() == 1 ? true : nil }
        for round in 2...5 {
            try await certificates.make("server")
            _ = try await eventually("certificate \(round) is met") { met() == round ? true : nil }
        }
        // A key of another certificate.
        try certificates.replace(file: "server.key", with: "authority.key")
        _ = try await eventually("it is told") {
            exporter.program.standardError.contains("is not the key of the certificate") ? true : nil
        }
        let before = scraped()
        _ = try await eventually("it is scraped on") { scraped() > before + 1 ? true : nil }
        try await certificates.make("server")
        _ = try await eventually("all is well again") {
            exporter.program.standardError.split(separator: "not the key of the certificate").last?
                .contains(#"msg="web configuration reloaded""#) == true ? true : nil
        }
        #expect(client.isRunning, "\(client.standardError)")
        // Python inherits a mask that blocks SIGTERM.
        await client.end(SIGKILL)
        let log = await exporter.program.end().errors
        #expect(log.split(separator: "\n").count { $0.contains("web configuration not reloaded") } == 1)
        try expectNoSecrets(in: log)
    }

    @Test("logins are asked for, also without TLS, and a change of them holds in moments")
    func logins() async throws {
        let exporter = try await exporter(Self.users)
        #expect(exporter.program.standardError.contains(" tls=false"))
        func code(_ arguments: [String], _ path: String = "/metrics") async throws -> Int {
            try await get(exporter, path, with: arguments, scheme: "http").code
        }
        let refusal = try await get(exporter, scheme: "http")
        #expect(refusal.code == 401)
        #expect(
            refusal.text.contains("\r\nWWW-Authenticate: Basic realm=\"twilio-comms-exporter\", charset=\"UTF-8\"\r\n"))
        for path in ["/", "/metrics", "/config", "/nothing", "/-/reload", "/-/healthy/"] {
            #expect(try await code([], path) == 401, "\(path)")
        }
        #expect(try await code(["--request", "POST"], "/-/reload") == 401)
        #expect(try await code(["--user", "alice:open"]) == 401)
        #expect(try await code(["--user", "alice:"]) == 401)
        #expect(try await code(["--user", "bob:open:sesame"]) == 401)
        #expect(try await code(Self.login) == 200)
        #expect(try await code([], "/-/healthy") == 200)
        _ = try await eventually("a first poll has ended") { try await code([], "/-/ready") == 200 ? true : nil }
        let pages = try await [
            get(exporter, "/", with: Self.login, scheme: "http"),
            get(exporter, "/config", with: Self.login, scheme: "http"),
        ]

        try certificates.write(Self.users + "  bob: \(Self.user.hash)\nauth_excluded_paths: []\n", to: "web.yml")
        _ = try await eventually("bob may") { try await code(["--user", "bob:open:sesame"]) == 200 ? true : nil }
        #expect(try await code([], "/-/healthy") == 401)
        #expect(try await code(Self.login, "/-/healthy") == 200)
        try certificates.write("basic_auth_users: {alice: secret}", to: "web.yml")
        let reload = try await get(exporter, "/-/reload", with: Self.login + ["--request", "POST"], scheme: "http")
        #expect(reload.code == 500)
        #expect(
            reload.body
                == "\(certificates.path)/web.yml:1: basic_auth_users.alice: is wrong; the log says why\n")
        #expect(try await code(Self.login) == 200)
        try expectNoSecrets(in: await exporter.program.end().errors, pages[0].text, pages[1].text, reload.text)
    }

    @Test(
        "a file that is emptied, or loses its users, lets nobody in, which is told; logins may be added, and others take their place"
    )
    func loginsStay() async throws {
        let exporter = try await exporter("rate_limit: {interval: 1us, burst: 1000}\n")
        let file = certificates.path + "/web.yml"
        func reload(_ text: String) async throws -> Curl.Answer {
            try certificates.write(text, to: "web.yml")
            return try await get(
                exporter, "/-/reload", with: Self.login + ["--request", "POST"], scheme: "http")
        }
        #expect(try await get(exporter, scheme: "http").code == 200)
        #expect(try await reload(Self.users).code == 200)
        #expect(try await get(exporter, scheme: "http").code == 401)
        let fault =
            "\(file): basic_auth_users: all were removed, which would let everybody in; restart the exporter for that"
        for text in ["", "basic_auth_users:\n", "auth_excluded_paths: []\n"] {
            let answer = try await reload(text)
            #expect(answer.code == 500)
            #expect(answer.body == fault + "\n")
            #expect(try await get(exporter, scheme: "http").code == 401)
        }
        // And without being asked to read it.
        _ = try await eventually("it is told") {
            exporter.program.standardError.contains(
                "web configuration not reloaded, the last good one stays in force: \(fault)") ? true : nil
        }
        #expect(try await get(exporter, scheme: "http").code == 401)
        #expect(try await reload("basic_auth_users: {bob: \(Self.user.hash)}").code == 200)
        #expect(try await get(exporter, with: Self.login, scheme: "http").code == 401)
        #expect(try await get(exporter, with: ["--user", "bob:open:sesame"], scheme: "http").code == 200)
        #expect(await exporter.program.end().status == 0)
    }

    @Test("a key in the file is warned of where others may read it, at the start and when that becomes so")
    func readableKey() async throws {
        func text(_ users: String) throws -> String {
            let key = try certificates.text(certificates.key("server")).replacing("\n", with: "\n    ")
            return "tls_server_config:\n  cert_file: server.pem\n  key: |\n    \(key)\n\(users)"
        }
        func allow(_ mode: String) async throws {
            #expect(try await Program(path: "/bin/chmod", [mode, certificates.path + "/web.yml"]).wait().status == 0)
        }
        let exporter = try await exporter(try text(""))
        func warnings(_ mode: String) -> Int {
            exporter.program.standardError.split(separator: "\n").count {
                $0.contains("/web.yml holds a private key and has mode \(mode), which lets others read it; chmod 600")
            }
        }
        #expect(warnings("0644") == 0)
        try await allow("644")
        _ = try await eventually("it is told") { warnings("0644") == 1 ? true : nil }
        try await allow("600")
        try await allow("644")
        try certificates.write(try text("rate_limit: {interval: 1us, burst: 1000}\n"), to: "web.yml")
        try await allow("640")
        _ = try await eventually("it is told again") { warnings("0640") == 1 ? true : nil }
        try expectNoSecrets(in: await exporter.program.end().errors)
        // At the start.
        let second = try ExporterProcess.start(
            ["--web.config.file=\(certificates.path)/web.yml"], baseURL: simulator.baseURL, storage: ":memory:")
        _ = try await eventually("it is told at the start") {
            second.standardError.contains("has mode 0640, which lets others read it") ? true : nil
        }
        try expectNoSecrets(in: await second.end().errors)
    }

    @Test(
        "where clients are to be verified by authorities of a system that has none, it does not start",
        .enabled("this machine lets tests have mounts of their own") {
            let trial = try Program(path: "/usr/bin/unshare", ["--mount", "/bin/true"])
            return await trial.wait().status == 0
        })
    func noAuthorities() async throws {
        let file = try certificates.write(
            Self.tls + "  client_auth_type: RequireAndVerifyClientCert\n", to: "web.yml")
        let hiding = "mount --bind /dev/null /etc/ssl/certs/ca-certificates.crt && exec \"$0\" \"$@\""
        let (status, _, errors) = try await Program(
            path: "/usr/bin/unshare",
            [
                "--mount", "/bin/sh", "-c", hiding, Program.path(of: "twilio-comms-exporter"), "--config.check",
                "--web.config.file=\(file)",
            ], environment: ExporterProcess.credentials.merging(["PATH": "/usr/bin:/bin"]) { $1 }
        ).wait()
        #expect(status == 2)
        #expect(
            errors == """
                twilio-comms-exporter: \(file):2: tls_server_config.client_ca_file: is missing, and the system has no \
                authorities either, so that no client could be verified

                """)
    }

    @Test(
        "wrong passwords from eight addresses keep nobody waiting who is known, nor probes, and take no processor for themselves"
    )
    func flood() async throws {
        let exporter = try await exporter(Self.users)
        #expect(try await get(exporter, with: Self.login, scheme: "http").code == 200)
        let flood = try Program(
            path: "/usr/bin/python3", ["-u", "-c", guessForEver, "\(exporter.port)", Self.user.name])
        _ = try await eventually("guesses are refused") { flood.standardOutput.contains("429") ? true : nil }
        // Each would take minutes behind all the guesses, and curl waits for 20 seconds.
        for _ in 0..<20 {
            #expect(try await get(exporter, with: Self.login, scheme: "http").code == 200)
            #expect(try await get(exporter, "/-/healthy", scheme: "http").code == 200)
        }
        #expect(flood.isRunning, "\(flood.standardError)")
        #expect(!flood.standardOutput.contains("200"))
        await flood.end(SIGKILL)
        _ = try await eventually("what waited is tried") {
            try await get(exporter, with: ["--user", "alice:later"], scheme: "http").code == 401 ? true : nil
        }
    }

    @Test("requests above the rate are answered with 429, but for probes")
    func rate() async throws {
        let exporter = try await exporter("rate_limit: {interval: 1h, burst: 2}\n")
        func answer(_ path: String = "/metrics") async throws -> Curl.Answer {
            try await get(exporter, path, scheme: "http")
        }
        #expect(try await answer().code == 200)
        #expect(try await answer("/").code == 200)
        let refusal = try await answer()
        #expect(refusal.code == 429)
        #expect(refusal.text.contains("\r\nRetry-After: 3"))
        #expect(try await answer("/-/healthy").code == 200)
    }

    @Test(
        "what is wrong is told at once, line by line, before anything is served", arguments: [[], ["--config.check"]])
    func faults(flags: [String]) async throws {
        let file = try certificates.write(
            """
            tls_server_config:
              cert_file: server.pem
              key_file: none.key
              min_version: TLS10
            http_server_config:
              http2: true
            basic_auth_users:
              alice: secret
            """, to: "web.yml")
        let program = try ExporterProcess.start(
            ["--web.config.file=\(file)"] + flags, baseURL: simulator.baseURL, storage: ":memory:")
        let (status, output, errors) = await program.wait()
        #expect(status == 2)
        #expect(output == "")
        let name = "twilio-comms-exporter: \(file)"
        #expect(
            errors == """
                \(name):3: tls_server_config.key_file: \(certificates.key("none")) cannot be read: No such file or directory
                \(name):4: tls_server_config.min_version: must be TLS12 or TLS13 (RFC 8996 forbids TLS 1.0 and 1.1; this server \
                does not speak them), not "TLS10"
                \(name):6: http_server_config.http2: this server speaks HTTP/1.1 only; write false, or leave the key out
                \(name):8: basic_auth_users.alice: is no bcrypt hash ($2y$…); make one with: htpasswd -nBC 10 "" | tr -d ':\\n'

                """)
    }

    @Test("TLS cannot be switched on or off while it serves, which is told, and a restart is all it needs")
    func switching() async throws {
        let exporter = try await exporter("")
        try certificates.write(Self.tls, to: "web.yml")
        _ = try await eventually("it is told") {
            exporter.program.standardError.contains("tls_server_config: was added; restart the exporter for that")
                ? true : nil
        }
        #expect(try await get(exporter, scheme: "http").code == 200)
        try certificates.write("", to: "web.yml")
        _ = try await eventually("all is well again") {
            exporter.program.standardError.contains(#"msg="web configuration reloaded""#) ? true : nil
        }
    }
}

/// Scrapes on a connection that is kept and on new ones; prints each new serial number of the certificate, and a line after
/// every fifty scrapes. Ends with the first one that fails.
private let scrapeForEver = """
    import http.client, itertools, ssl, sys
    context = ssl.create_default_context(cafile=sys.argv[1])
    kept = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[2]), context=context, timeout=20)

    def scrape(connection):
        connection.request("GET", "/metrics")
        certificate = connection.sock.getpeercert()
        response = connection.getresponse()
        assert response.status == 200, response.status
        assert b"process_start_time_seconds" in response.read()
        return certificate["serialNumber"]

    last = None
    for number in itertools.count():
        scrape(kept)
        fresh = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[2]), context=context, timeout=20)
        serial = scrape(fresh)
        fresh.close()
        if serial != last:
            print("serial", serial)
        last = serial
        if number % 25 == 0:
            print("scraped")
    """

/// Guesses passwords from eighty connections of eight addresses, and prints each status it is answered with once.
private let guessForEver = """
    import base64, http.client, itertools, sys, threading, time
    numbers = itertools.count()
    seen = set()

    def guess(address):
        connection = http.client.HTTPConnection(
            "127.0.0.1", int(sys.argv[1]), timeout=60, source_address=(address, 0))
        while True:
            login = base64.b64encode(f"{sys.argv[2]}:guess {next(numbers)}".encode()).decode()
            connection.request("GET", "/metrics", headers={"Authorization": "Basic " + login})
            response = connection.getresponse()
            response.read()
            if response.status not in seen:
                seen.add(response.status)
                print(response.status)
            time.sleep(0.02)

    threads = [threading.Thread(target=guess, args=[f"127.0.0.{n % 8 + 1}"]) for n in range(80)]
    for thread in threads:
        thread.start()
    """
