import HTTPServer
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct `An exchange that fails` {
    @Test(arguments: [
        "", "comms.twilio.com", "file:///etc/passwd", "ftp://127.0.0.1/", "http:/x", "http//x", "httpx://127.0.0.1/",
        "http://127.0.0.1/a b", "http://127.0.0.1/\u{0}", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/ü", "http://",
        "http://127.0.0.1:99999/",
    ])
    func `for want of a URL says so`(url: String) async throws {
        let client = try HTTPClient()
        let error = await #expect(throws: HTTPClientError.self) { try await client.send(HTTPRequest(url: url)) }
        guard case .invalidURL = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `because nobody listens is a network error that names the port`() async throws {
        let silent = try SilentPort()
        let error = try await networkError {
            try await HTTPClient().send(HTTPRequest(url: "http://127.0.0.1:\(silent.port)/"))
        }
        #expect(error.contains("127.0.0.1 port \(silent.port)"))
    }

    @Test func `because the peer does not speak TLS is a network error`() async throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in .text(200, "ok") }
        let error = try await networkError {
            try await HTTPClient().send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
        }
        #expect(error.contains("SSL"))
    }

    @Test func `because there is no such name is a network error that names it`() async throws {
        let error = try await networkError {
            try await HTTPClient().send(HTTPRequest(url: "http://nobody.invalid/"))
        }
        #expect(error.contains("nobody.invalid"))
    }

    @Test(
        arguments: [
            ("", .close), ("", .reset),
            ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .close),
            ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .reset),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", .close),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .close),
            ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip", .close),
            ("HTTP/1.1 200 OK\r\nContent-Encoding: unheard-of\r\n\r\nabc", .close), ("garbage\r\n\r\n", .close),
        ] as [(String, ScriptedPeer.Ending)])
    func `because the peer breaks off or talks nonsense is a network error`(
        bytes: String, ending: ScriptedPeer.Ending
    ) async throws {
        _ = try await networkError { try await answer(bytes, then: ending) }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func `because the peer says nothing more is a timeout`(bytes: String) async throws {
        let error = await #expect(throws: HTTPClientError.self) {
            try await answer(Array(bytes.utf8), then: .hang) { $0.timeout = .milliseconds(50) }
        }
        guard case .timeout = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `has the same text each time, so that a log can tell that it lasts`() async throws {
        for bytes in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"] {
            var texts: Set<String> = []
            for (timeout, received) in [(50, ""), (61, "a"), (72, "abc")] {
                let error = await #expect(throws: HTTPClientError.self) {
                    try await answer(Array((bytes + (bytes.isEmpty ? "" : received)).utf8), then: .hang) {
                        $0.timeout = .milliseconds(timeout)
                    }
                }
                texts.insert(String(describing: error))
            }
            #expect(texts == [#"Optional(HTTPClient.HTTPClientError.timeout("Operation timed out"))"#])
        }
    }

    /// Source: https://github.com/curl/curl/tree/curl-7_88_1/lib
    @Test(arguments: [
        ("Connection timed out after 1001 milliseconds", "Connection timed out"),
        ("Connection timeout after 300 ms", "Connection timeout"),
        ("Resolving timed out after 9 milliseconds", "Resolving timed out"),
        (
            "Operation timed out after 60000 milliseconds with 5 out of 10 bytes received", "Operation timed out"
        ),
        ("Operation timed out after 60000 milliseconds with 5 bytes received", "Operation timed out"),
        (
            "Failed to connect to 127.0.0.1 port 8080 after 0 ms: Couldn't connect to server",
            "Failed to connect to 127.0.0.1 port 8080: Couldn't connect to server"
        ),
        ("transfer closed with 7 bytes remaining to read", "transfer closed with bytes remaining to read"),
        (
            "HTTP/2 stream 3 was not closed cleanly: INTERNAL_ERROR (err 2)",
            "HTTP/2 stream was not closed cleanly: INTERNAL_ERROR (err 2)"
        ),
        ("Could not resolve host: nobody.invalid", "Could not resolve host: nobody.invalid"),
    ])
    func `is told without what libcurl measured`(text: String, expected: String) {
        #expect(withoutMeasurements(text) == expected)
    }

    @Test func `for a body larger than allowed says so, whichever way it comes`() async throws {
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "a", count: 1001)
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + String(repeating: "a", count: 1001)
        let gzipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
        for bytes in [Array(plain.utf8), Array(chunked.utf8), Array(gzipped.utf8) + gzippedMebibyte] {
            await #expect(throws: HTTPClientError.tooLarge(limit: 1000)) {
                try await answer(bytes, then: .hang) { $0.maximumBodySize = 1000 }
            }
        }
    }

    @Test func `takes a body that is just as large as allowed`() async throws {
        let bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "a", count: 1000)
        let response = try await answer(Array(bytes.utf8)) { $0.maximumBodySize = 1000 }
        #expect(response.body.count == 1000)
        let gzipped = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8) + gzippedMebibyte
        #expect(try await answer(gzipped) { $0.maximumBodySize = 1 << 20 }.body.count == 1 << 20)
    }

    @Test func `does not tell who asked for what`() async throws {
        let deaf = try SilentPort()
        let truncated = try ScriptedPeer(.init("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
        let silent = try ScriptedPeer(.init(then: .hang))
        for url in ["http://127.0.0.1:\(deaf.port)", truncated.url, silent.url, "gopher://127.0.0.1"] {
            var request = HTTPRequest(url: url + "/path?pageToken=cursor")
            request.userName = "ACcount"
            request.password = "secret"
            request.timeout = .milliseconds(50)
            let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(request) }
            let text = String(describing: error)
            for part in ["ACcount", "secret", "path", "cursor", "Basic"] { #expect(!text.contains(part)) }
        }
    }
}

@Suite struct `Canceling` {
    @Test func `ends an exchange that hangs, and no other`() async throws {
        let peer = try ScriptedPeer(.init(then: .hang))
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in .text(200, "ok") }
        let client = try HTTPClient()
        let hanging = Task { try await client.send(HTTPRequest(url: peer.url)) }
        _ = await peer.requests.first { _ in true }
        hanging.cancel()
        await #expect(throws: HTTPClientError.canceled) { try await hanging.value }
        #expect(try await client.send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/")).status == 200)
    }

    @Test func `a task beforehand keeps it from sending anything`() async throws {
        let peer = try ScriptedPeer(.init("HTTP/1.1 204 No Content\r\n\r\n", then: .keepOpen))
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest(url: peer.url + "/first"))
        for _ in 0..<200 {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(HTTPRequest(url: peer.url + "/canceled"))
            }
            await #expect(throws: HTTPClientError.canceled) { try await task.value }
        }
        _ = try await client.send(HTTPRequest(url: peer.url + "/last"))
        var requests = peer.requests.makeAsyncIterator()
        #expect(await requests.next()?.head.hasPrefix("GET /first ") == true)
        #expect(await requests.next()?.head.hasPrefix("GET /last ") == true)
    }

    @Test func `at any moment ends every exchange`() async throws {
        let peer = try ScriptedPeer(.init(then: .hang))
        let client = try HTTPClient()
        for _ in 0..<200 {
            let tasks = (0..<4).map { _ in Task { try await client.send(HTTPRequest(url: peer.url)) } }
            for task in tasks { task.cancel() }
            for task in tasks { await #expect(throws: HTTPClientError.canceled) { try await task.value } }
        }
    }

    @Test func `all of them is what shutting down does, and nothing is sent after`() async throws {
        let peer = try ScriptedPeer(.init(then: .hang))
        let client = try HTTPClient()
        let tasks = (0..<3).map { _ in Task { try await client.send(HTTPRequest(url: peer.url)) } }
        for await _ in peer.requests.prefix(3) {}
        client.shutDown()
        for task in tasks { await #expect(throws: HTTPClientError.canceled) { try await task.value } }
        await #expect(throws: HTTPClientError.canceled) { try await client.send(HTTPRequest(url: peer.url)) }
        client.shutDown()
    }
}

private func networkError(_ body: () async throws -> HTTPResponse) async throws -> String {
    let error = await #expect(throws: HTTPClientError.self) { _ = try await body() }
    guard case .network(let text) = error else {
        Issue.record("\(String(describing: error))")
        return ""
    }
    #expect(!text.isEmpty)
    return text
}

/// A mebibyte of zeros.
private let gzippedMebibyte: [UInt8] =
    [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xED, 0xC1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xC2,
        0xA0,
        0xF5, 0x4F, 0x6D, 0x08, 0x5F, 0xA0,
    ] + Array(repeating: 0, count: 1016) + [0x3E, 0x03, 0x1C, 0xEA, 0x38, 0xA7, 0x00, 0x00, 0x10, 0x00]
