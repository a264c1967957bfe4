import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    private func settings(
        _ certificates: Certificates, _ name: String = "server", _ policy: ClientPolicy = ClientPolicy(.none),
        authority: String? = nil
    ) throws -> TLSSettings {
        TLSSettings(
            certificates: try certificates.text(certificates.pem(name)),
            key: try certificates.text(certificates.key(name)),
            clientAuthorities: try authority.map { try certificates.text(certificates.pem($0)) }, clientPolicy: policy)
    }

    private func server(_ settings: TLSSettings, limits: ServerLimits = ServerLimits()) throws -> Server {
        try Server(listening: [ListenAddress("127.0.0.1:0")], limits: limits, tls: TLSContext(settings)) { request in
            .now(.text(request.clientFault == nil ? 200 : 403, request.clientFault ?? "hello"))
        }
    }

    private func get(_ server: Server, _ certificates: Certificates, _ arguments: [String] = []) async throws
        -> Curl.Answer
    {
        try await Curl.get(
            "https://localhost:\(server.port)/", ["--cacert", certificates.pem("authority")] + arguments)
    }

    private func showing(_ name: String, _ certificates: Certificates) -> [String] {
        ["--cert", certificates.pem(name), "--key", certificates.key(name)]
    }

    @Test(
        "it speaks TLS 1.2 and 1.3, HTTP/1.1, and nothing older or plain",
        arguments: [
            (["--tlsv1.2", "--tls-max", "1.2"], 200), (["--tlsv1.3"], 200), (["--http2"], 200),
            (["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"], 0),
            (["--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"], 0),
            (["--tls-max", "1.2", "--ciphers", "AES128-SHA"], 0),
        ])
    func versions(arguments: [String], code: Int) async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        let server = try server(settings(certificates))
        let answer = try await get(server, certificates, arguments)
        #expect(answer.code == code, "\(answer.text)")
        #expect(code == 0 || answer.text.hasPrefix("HTTP/1.1 200 "))
        let plain = try RawSocket(port: server.port)
        try plain.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try plain.readToEnd().contains("200") == false)
    }

    @Test func `clients are judged by the certificate they show`() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        let names = "DNS:prometheus.example,IP:10.1.2.3,email:a@b.example,URI:spiffe://a/b"
        try await certificates.make("client", names: names, purpose: "clientAuth")
        try await certificates.make("stranger", by: "rogue", names: names, purpose: "clientAuth")
        try await certificates.make("old", names: names, purpose: "clientAuth", validity: .past)
        let policy = ClientPolicy(.requireAndVerify, allowedNames: ["spiffe://a/b"])
        let server = try server(settings(certificates, "server", policy, authority: "authority"))
        func answer(_ name: String?) async throws -> String {
            try await get(server, certificates, name.map { showing($0, certificates) } ?? []).body
        }
        #expect(try await answer(nil) == "A client certificate is needed.")
        #expect(try await answer("client") == "hello")
        #expect(try await answer("stranger") == "The client certificate is not trusted.")
        #expect(try await answer("old") == "The client certificate is not trusted.")
        // Twice by one connection.
        let url = "https://localhost:\(server.port)/"
        let twice = try await get(server, certificates, showing("stranger", certificates) + [url]).body
        #expect(twice.ranges(of: "The client certificate is not trusted.").count == 2)
        // For servers, not for clients.
        #expect(try await answer("server") == "The client certificate is not trusted.")
        for name in ["prometheus.example", "10.1.2.3", "a@b.example", "other"] {
            let policy = ClientPolicy(.requireAndVerify, allowedNames: [name])
            server.use(try TLSContext(settings(certificates, "server", policy, authority: "authority")))
            let expected = name == "other" ? "The client certificate is for none of the allowed names." : "hello"
            #expect(try await answer("client") == expected)
        }
    }

    @Test func `another certificate is shown from the next connection on, and open ones are ended politely`()
        async throws
    {
        let certificates = try await Certificates()
        try await certificates.make("server")
        try await certificates.make("next", by: "rogue")
        let server = try server(settings(certificates))
        let url = "https://localhost:\(server.port)/"
        let client = try Program(
            path: "/usr/bin/python3",
            ["-u", "-c", askUntilClosed, certificates.pem("authority"), "\(server.port)"])
        _ = try await eventually("it is connected") { client.standardOutput.contains("200 None") ? true : nil }
        #expect(try await Curl.get(url, ["--cacert", certificates.pem("authority")]).code == 200)
        server.use(try TLSContext(settings(certificates, "next")))
        #expect(try await Curl.get(url, ["--cacert", certificates.pem("authority")]).code == 0)
        #expect(try await Curl.get(url, ["--cacert", certificates.pem("rogue")]).code == 200)
        let (status, output, errors) = await client.wait()
        #expect(status == 0, "\(errors)")
        #expect(output.split(separator: "\n").dropLast().allSatisfy { $0 == "200 None" })
        #expect(output.hasSuffix("200 close\n"))
    }

    @Test(
        "what is wrong is told by its part, without the key",
        arguments: [
            ("", "server", TLSFault.Part.certificates, "holds no certificates in PEM: "),
            ("server", "other", .key, "is not the key of the certificate; renew both together"),
            ("server", "", .key, "holds no private key in PEM: "),
            ("server", "encrypted", .key, "is encrypted; give it without a passphrase (openssl pkey)"),
        ])
    func faults(certificate: String, key: String, part: TLSFault.Part, problem: String) async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        try await certificates.make("other")
        let encrypted = try await Program(
            path: "/usr/bin/openssl",
            [
                "pkey", "-in", certificates.key("server"), "-aes128", "-passout", "pass:x", "-out",
                certificates.key("encrypted"),
            ]
        ).wait()
        #expect(encrypted.status == 0)
        var settings = try settings(certificates)
        settings.certificates = certificate.isEmpty ? "no PEM" : try certificates.text(certificates.pem(certificate))
        settings.key = key.isEmpty ? "no PEM" : try certificates.text(certificates.key(key))
        let fault = #expect(throws: TLSFault.self) { try TLSContext(settings) }
        #expect(fault?.part == part)
        #expect(fault?.description.hasPrefix(problem) == true, "\(fault as Any)")
    }

    @Test func `authorities that are none are a fault`() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        var settings = try settings(certificates, "server", ClientPolicy(.requireAndVerify))
        for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            settings.clientAuthorities = text
            let fault = #expect(throws: TLSFault.self) { try TLSContext(settings) }
            #expect(fault?.part == .clientAuthorities)
        }
    }

    @Test func `clients that connect and say nothing are closed in time, and keep nobody out`() async throws {
        let certificates = try await Certificates()
        try await certificates.make("server")
        let limits = ServerLimits(connectionsPerClient: 64, requestTimeout: .seconds(1))
        let server = try server(settings(certificates), limits: limits)
        let connected = Latch()
        async let closed: Void = onOwnThread {
            let silent = try (0..<300).map { _ in try RawSocket(port: server.port) }
            // The first bytes of a ClientHello, and then nothing.
            for client in silent.suffix(10) { try? client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]) }
            connected.open()
            for client in silent { _ = try client.readToEnd() }
        }
        await connected.wait()
        #expect(try await get(server, certificates).code == 200)
        try await closed
        #expect(try await get(server, certificates).code == 200)
    }
}

/// Asks on one connection until it is told that it will be closed, some thousand times at most.
private let askUntilClosed = """
    import http.client, ssl, sys, time
    context = ssl.create_default_context(cafile=sys.argv[1])
    connection = http.client.HTTPSConnection("localhost", int(sys.argv[2]), context=context)
    ended = None
    for _ in range(1000):
        if ended is not None:
            break
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        ended = response.getheader("Connection")
        print(response.status, ended)
        time.sleep(0.02)
    """
