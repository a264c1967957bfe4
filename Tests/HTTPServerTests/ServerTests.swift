import Glibc
import HTTPServer
import Synchronization
import TestSupport
import Testing

struct ServerTests {
    /// A server that says what it was asked.
    private func echo() throws -> Server {
        try Server(listening: ListenAddress("127.0.0.1:0")) { request in
            guard request.path != "/missing" else { return .text(404, "no such page\n") }
            let query = request.queryItems.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            return .text(200, "\(request.method) \(request.path)?\(query)", headers: [("X-Extra", "yes")])
        }
    }

    private func ask(_ server: Server, _ head: String) throws -> RawResponse {
        let client = try RawSocket(port: server.port)
        try client.send(head + "\r\nHost: test\r\n\r\n")
        return try client.readResponse()
    }

    @Test func `GET gets the handler's status, headers and body`() throws {
        let response = try ask(echo(), "GET /metrics HTTP/1.1")
        #expect(response.status == 200)
        #expect(response.body == "GET /metrics?")
        #expect(response.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(response.header("X-Extra") == "yes")
        #expect(response.header("Content-Length") == "13")
        #expect(response.header("Date") != nil)
    }

    @Test func `HEAD gets the headers of GET and no body`() throws {
        let server = try echo()
        let client = try RawSocket(port: server.port)
        try client.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
        let response = try client.readResponse(hasBody: false)
        #expect(response.status == 200)
        #expect(response.header("Content-Length") == "14")
        // Had a body been sent, it would stand in front of this status line and fail to parse.
        try client.send("GET /missing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        #expect(try client.readToEnd().hasPrefix("HTTP/1.1 404 "))
    }

    @Test func `the handler decides what is not found`() throws {
        let response = try ask(echo(), "GET /missing HTTP/1.1")
        #expect(response.status == 404)
        #expect(response.body == "no such page\n")
    }

    @Test(
        "every method reaches the handler", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
    func methods(method: String) throws {
        #expect(try ask(echo(), "\(method) /x HTTP/1.1").body == "\(method) /x?")
    }

    @Test func `a body is read and dropped, and the connection lives on`() throws {
        let server = try echo()
        let client = try RawSocket(port: server.port)
        for body in ["a=b", String(repeating: "x", count: 300_000)] {
            try client.send(
                "POST /-/settings?rate=5 HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
            try client.send(body)
            #expect(try client.readResponse().body == "POST /-/settings?rate=5")
        }
        try client.send("POST /chunked HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
        try client.send("5\r\nhello\r\n0\r\n\r\n")
        #expect(try client.readResponse().body == "POST /chunked?")
    }

    @Test func `one connection carries many requests, also when they are sent ahead`() throws {
        let server = try echo()
        let client = try RawSocket(port: server.port)
        for path in ["/1", "/2"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
            let response = try client.readResponse()
            #expect(response.body == "GET \(path)?")
            #expect(response.header("Connection") != "close")
        }
        try client.send("GET /3 HTTP/1.1\r\nHost: test\r\n\r\nGET /4 HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "GET /3?")
        #expect(try client.readResponse().body == "GET /4?")
    }

    @Test func `a request has the method, path and query of its own head, like or unlike the one before it`() throws {
        let server = try echo()
        let client = try RawSocket(port: server.port)
        for (target, body) in [
            ("GET /x?a=1", "GET /x?a=1"), ("GET /x?a=1", "GET /x?a=1"), ("PUT /x?a=1", "PUT /x?a=1"),
            ("PUT /x?a=2", "PUT /x?a=2"), ("PUT /y?a=2", "PUT /y?a=2"), ("PUT /y", "PUT /y?"),
            ("PUT /y?Host=test", "PUT /y?Host=test"),
        ] {
            try client.send("\(target) HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try client.readResponse().body == body)
        }
    }

    @Test(
        "path and query are decoded",
        arguments: [
            ("/a%20b", "/a b?"), ("/%C3%A9", "/é?"), ("/x?a=1&b=two%20words&c&d=&a=2", "/x?a=1&b=two words&c=&d=&a=2"),
            ("/x?t=2024-04-20T14%3A00%3A00Z", "/x?t=2024-04-20T14:00:00Z"), ("/x?p=a+b%2Bc", "/x?p=a b+c"),
            ("/x?%6d=%26", "/x?m=&"), ("/%zz?q=%", "/%zz?q=%"), ("/%4?q=%aG%G0", "/%4?q=%aG%G0"), ("/%2525", "/%25?"),
            ("/x%00y?q=%00", "/x%00y?q=%00"),
        ])
    func decoding(target: String, expected: String) throws {
        #expect(try ask(echo(), "GET \(target) HTTP/1.1").body == "GET \(expected)")
    }

    @Test func `the handler reads headers in any case, and repeated ones joined`() throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { request in
            .text(200, "\(request.header("aCCept") ?? "none") \(request.header("X-None") ?? "none")")
        }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\nAccept: text/plain\r\naccept: */*;q=0.1\r\n\r\n")
        #expect(try client.readResponse().body == "text/plain, */*;q=0.1 none")
    }

    @Test func `a request has no headers of the one before it on its connection`() throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { request in
            .text(200, "\(request.header("X-A") ?? "none") \(request.header("X-B") ?? "none")")
        }
        let client = try RawSocket(port: server.port)
        for (headers, body) in [
            ("X-A: 1\r\nX-B: \(String(repeating: "2", count: 9000))\r\n", "1 \(String(repeating: "2", count: 9000))"),
            ("X-B: 3\r\n", "none 3"), ("X-B: 3\r\n", "none 3"), ("X-B: 3\r\nX-A: 4\r\n", "4 3"),
            ("X-B: 3\r\n", "none 3"), ("", "none none"),
        ] {
            try client.send("GET / HTTP/1.1\r\nHost: test\r\n\(headers)\r\n")
            #expect(try client.readResponse().body == body)
        }
    }

    @Test func `8 KiB of cookies are served, as proxies may add them`() throws {
        let own = [(name: "Content-Security-Policy", value: String(repeating: "p", count: 2000))]
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) {
            .text(200, $0.header("Cookie") ?? "", headers: own)
        }
        let cookie = String(repeating: "c", count: 8192 - 10)
        #expect(try ask(server, "GET / HTTP/1.1\r\nCookie: \(cookie)").body == cookie)
    }

    @Test func `a response that is kept is sent to all alike, and a changed copy is another`() throws {
        let kept = ServerResponse.text(200, "kept")
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { request in
            switch request.path {
            case "/header": kept.changed(headers: kept.headers + [("X-Extra", "yes")])
            case "/body": kept.changed(body: Array("another".utf8))
            case "/status": kept.changed(status: 503)
            default: kept
            }
        }
        for _ in 0..<2 {
            let answers = try ["/", "/header", "/body", "/status"].map { try ask(server, "GET \($0) HTTP/1.1") }
            #expect(answers.map(\.body) == ["kept", "kept", "another", "kept"])
            #expect(answers.map(\.status) == [200, 200, 200, 503])
            #expect(answers.map { $0.header("X-Extra") } == [nil, "yes", nil, nil])
        }
    }

    @Test func `a large response arrives whole`() throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 8_000_000)
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in ServerResponse(status: 200, body: body)
        }
        #expect(try ask(server, "GET / HTTP/1.1").body.utf8.count == 8_000_000)
    }

    @Test func `a Date of the handler replaces the server's`() throws {
        let date = "Sat, 20 Apr 2024 14:00:00 GMT"
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in
            .text(200, "", headers: [("Date", date)])
        }
        let response = try ask(server, "GET / HTTP/1.1")
        #expect(response.headers.filter { $0.name == "Date" }.map(\.value) == [date])
    }

    @Test func `a header that HTTP cannot carry is left out`() throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in
            .text(200, "ok", headers: [("X-Bad", "a\r\nX-Injected: b"), ("X-Good", "c")])
        }
        let response = try ask(server, "GET / HTTP/1.1")
        #expect(response.header("X-Injected") == nil)
        #expect(response.header("X-Good") == "c")
        #expect(response.body == "ok")
    }

    @Test func `handlers of one server run at the same time where each connection has a thread`() throws {
        let limits = ServerLimits(threads: .perConnection)
        let waiting = Atomic(0)
        let address = try ListenAddress("127.0.0.1:0")
        let server = try Server(listening: address, limits: limits) { _ in
            // Answers only when the other request is here as well.
            waiting.add(1, ordering: .sequentiallyConsistent)
            while waiting.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
            return .text(200, "met")
        }
        let clients = try [RawSocket(port: server.port), RawSocket(port: server.port)]
        for client in clients { try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n") }
        for client in clients { #expect(try client.readResponse().body == "met") }
    }
}
