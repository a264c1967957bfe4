import Glibc
import HTTPServer
import TestSupport
import Testing

struct HostileClientTests {
    private let quick = ServerLimits(idleTimeout: .seconds(1), requestTimeout: .milliseconds(500))

    private func server(_ limits: ServerLimits = ServerLimits()) throws -> Server {
        try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { _ in .text(200, "ok") }
    }

    private func expectAlive(_ server: Server, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "ok", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "Content-Length: 4\r\nContent-Length: 5", "Content-Length: 4\r\nTransfer-Encoding: chunked",
    ])
    func `a body of ambiguous length is refused, and what follows it is no request`(headers: String) throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: test\r\n\(headers)\r\n\r\nabcdGET / HTTP/1.1\r\nHost: test\r\n\r\n")
        let answer = try client.readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(!answer.contains("200 OK"))
        try expectAlive(server)
    }

    @Test func `a request is judged by its own head, whatever was the one before it`() throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try client.readResponse().body == "ok")
        }
        let lengths = "Content-Length: 4\r\nTransfer-Encoding: chunked"
        try client.send("POST / HTTP/1.1\r\nHost: test\r\n\(lengths)\r\n\r\nabcdGET / HTTP/1.1\r\nHost: test\r\n\r\n")
        let answer = try client.readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(!answer.contains("200 OK"))
        if !isStrict { #expect(answer.hasSuffix("\r\n\r\nthe length of the body is ambiguous\n")) }
        try expectAlive(server)
    }

    @Test func `HTTP 1 1 without a host is refused`() throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\n\r\n")
        #expect(try client.readResponse().status == 400)
        try expectAlive(server)
    }

    @Test(arguments: [
        ("Host: one\r\nX: y\r\nhost: two", "more than one Host\n"),
        ("Host: one\r\nHost : two", isStrict ? nil : "a blank before a colon\n"),
        ("Host: one\r\nHost\t: two", isStrict ? nil : "a blank before a colon\n"),
    ])
    func `a request with two hosts is refused`(headers: String, why: String?) throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\n\(headers)\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.status == 400)
        if let why { #expect(answer.body == why) }
        try expectAlive(server)
    }

    /// libmicrohttpd 1.0 refuses it, 0.9.75 takes the next line for more of the header's name:
    /// https://www.rfc-editor.org/rfc/rfc9112#section-5.2
    @Test(arguments: ["Host: test\r\nX: one\r\n Y: two", "Host: test\r\nX: one\r\n\tY: two"])
    func `a header that goes on in the next line begins no other header`(headers: String) throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: quick) { request in
            .text(200, request.head["Y"] ?? "none")
        }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\n\(headers)\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.status == (isStrict ? 400 : 200))
        if !isStrict { #expect(answer.body == "none") }
    }

    @Test(.enabled("libmicrohttpd 1.0 is here") { isStrict })
    func `lines without a carriage return are refused`() throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\nHost: test\n\n")
        #expect(try client.readToEnd().hasPrefix("HTTP/1.1 400 "))
        try expectAlive(server)
    }

    @Test(arguments: [
        "http://exporter:10042/metrics": "/metrics", "HTTPS://[::1]/": "/", "http://exporter": "/",
        "/http://a/b": "/http://a/b",
        "http:/metrics": "http:/metrics",
    ])
    func `a target that names the server is the path behind it`(target: String, path: String) throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: quick) { .text(200, $0.path) }
        let client = try RawSocket(port: server.port)
        try client.send("GET \(target) HTTP/1.1\r\nHost: exporter\r\n\r\n")
        #expect(try client.readResponse().body == path)
    }

    @Test func `a silent connection is closed`() throws {
        let server = try server(quick)
        #expect(try RawSocket(port: server.port).readToEnd() == "")
    }

    @Test func `a request that never ends is closed`() throws {
        let server = try server(quick)
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: te")
        #expect(try client.readToEnd().contains("200") == false)
    }

    @Test func `a request that drips and is never idle is closed`() throws {
        let server = try server(ServerLimits(idleTimeout: .seconds(60), requestTimeout: .milliseconds(500)))
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\n")
        let drips = (0..<500).prefix { drip in
            usleep(20_000)
            return (try? client.send("X-Drip-\(drip): 1\r\n")) != nil
        }
        #expect(drips.count < 500)
    }

    @Test func `a body that drips is closed`() throws {
        let server = try server(ServerLimits(idleTimeout: .seconds(60), requestTimeout: .milliseconds(500)))
        let client = try RawSocket(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n")
        let drips = (0..<500).prefix { _ in
            usleep(20_000)
            return (try? client.send("x")) != nil
        }
        #expect(drips.count < 500)
    }

    @Test func `a kept connection is closed when it stays idle`() throws {
        let server = try server(quick)
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "ok")
        #expect(try client.readToEnd() == "")
    }

    @Test func `a handler may take longer than every timeout`() throws {
        var limits = quick
        limits.threads = .perConnection
        let server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { _ in
            usleep(2_500_000)
            return .text(200, "late")
        }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "late")
    }

    @Test func `a client that takes its response too slowly is closed`() throws {
        var limits = ServerLimits(idleTimeout: .seconds(60))
        limits.responseTimeout = .milliseconds(500)
        let body = [UInt8](repeating: 0, count: 50_000_000)
        let server = try Server(listening: ListenAddress("127.0.0.1:0"), limits: limits) { _ in
            ServerResponse(status: 200, body: body)
        }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        usleep(3_000_000)
        #expect(try client.readToEnd().utf8.count < body.count)
    }

    @Test func `headers beyond the memory of a connection are refused`() throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send(
            "GET / HTTP/1.1\r\nHost: test\r\nX-Large: " + String(repeating: "a", count: 40_000) + "\r\n\r\n")
        #expect(try client.readToEnd().hasPrefix("HTTP/1.1 431 "))
        try expectAlive(server)
    }

    @Test func `two megabytes of headers do no harm`() throws {
        let server = try server()
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\n")
        // The server may have closed before all is sent.
        try? client.send(
            String(repeating: "X-Large: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 40_000))
        #expect(try client.readToEnd().contains(" 200 ") == false)
        try expectAlive(server)
    }

    @Test func `a body that says it is too large is refused unread`() throws {
        let server = try server(ServerLimits(bodySize: 10))
        let client = try RawSocket(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n")
        #expect(try client.readToEnd().hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `a body that grows too large is cut off`() throws {
        let server = try server(ServerLimits(bodySize: 10))
        let client = try RawSocket(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n")
        try? client.send("12345678901234567890\r\n0\r\n\r\n")
        #expect(try client.readToEnd().contains(" 200 ") == false)
        try expectAlive(server)
    }

    @Test(
        "bytes that are no request do no harm",
        arguments: [
            "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{fc}\u{03}\u{03}", "\0\0\0\0\0\0\r\n\r\n",
            "\r\n\r\n\r\n\r\n",
            "GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: test\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\n:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: te\0st\r\n\r\n", "GET /\0 HTTP/1.1\r\nHost: test\r\n\r\n", "é ü ß\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: -5\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET /%00%ff%fe HTTP/1.1\r\nHost: test\r\n\r\n", "GET /?%00=%00&=&&&==%ff HTTP/1.1\r\nHost: test\r\n\r\n",
        ])
    func garbage(bytes: String) throws {
        let server = try server(quick)
        let client = try RawSocket(port: server.port)
        try client.send(bytes.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        _ = try client.readToEnd()
        try expectAlive(server)
    }

    @Test func `clients that leave before their response do no harm`() throws {
        let body = [UInt8](repeating: 0, count: 1_000_000)
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { request in
            request.path == "/large" ? ServerResponse(status: 200, body: body) : .text(200, "ok")
        }
        for _ in 0..<50 {
            try RawSocket(port: server.port).send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        }
        try expectAlive(server)
    }
}

/// True with libmicrohttpd 1.0 or later, which refuses some requests itself that 0.9.75 leaves to RequestFraming.
private let isStrict: Bool = {
    typealias Version = @convention(c) () -> UnsafePointer<CChar>
    guard let symbol = dlsym(nil, "MHD_get_version") else { return false }
    return !String(cString: unsafeBitCast(symbol, to: Version.self)()).hasPrefix("0.")
}()
