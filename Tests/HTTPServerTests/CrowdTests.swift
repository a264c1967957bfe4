import HTTPServer
import TestSupport
import Testing

/// Who has to go where there are more clients, or more requests, than a server has room for.
struct CrowdTests {
    private let large = [UInt8](repeating: 0, count: 50_000_000)

    /// Answers `/large` with more than the system buffers. Time alone closes nothing here, and one thread serves what comes in
    /// the order it comes.
    private func server(_ limits: ServerLimits, on address: String = "127.0.0.1:0") throws -> Server {
        var limits = limits
        limits.requestTimeout = .seconds(3600)
        limits.responseTimeout = .seconds(3600)
        limits.idleTimeout = .seconds(3600)
        limits.threads = .pool(1)
        return try Server(listening: ListenAddress(address), limits: limits) { [large] request in
            request.path == "/large" ? ServerResponse(status: 200, body: large) : .text(200, "ok")
        }
    }

    private func ask(_ client: RawSocket, for path: String = "/") throws -> Int {
        try client.send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
        return try client.readResponse().status
    }

    /// A client that asks for much, and takes no more of its response than the beginning.
    private func slowReader(_ server: Server, from source: String = "127.0.0.1") throws -> RawSocket {
        let client = try RawSocket(port: server.port, from: source)
        try client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse(hasBody: false).status == 200)
        return client
    }

    @Test func `above the limit of one address, the client that has longest not asked has to go`() throws {
        let server = try server(ServerLimits(connectionsPerClient: 3))
        let asking = try RawSocket(port: server.port)
        #expect(try ask(asking) == 200)
        let silent = try RawSocket(port: server.port)
        let begun = try RawSocket(port: server.port)
        try begun.send("GET / HTTP/1.1\r\n")
        #expect(try ask(asking) == 200)
        let new = try RawSocket(port: server.port)
        #expect(try ask(new) == 200)
        #expect(try silent.readToEnd() == "")
        #expect(try ask(new) == 200)
        #expect(try ask(asking) == 200)
        try begun.send("Host: test\r\n\r\n")
        #expect(try begun.readResponse().status == 200)
    }

    @Test func `a client that takes no response has to go before one that asks`() throws {
        let server = try server(ServerLimits(connectionsPerClient: 2))
        let slow = try slowReader(server)
        let asking = try RawSocket(port: server.port)
        #expect(try ask(asking) == 200)
        #expect(try ask(RawSocket(port: server.port)) == 200)
        #expect(try ask(asking) == 200)
        #expect(try slow.readToEnd().utf8.count < large.count)
    }

    @Test func `clients of other addresses are left alone`() throws {
        let server = try server(ServerLimits(connectionsPerClient: 1), on: ":0")
        let other = try RawSocket(port: server.port, host: "::1")
        let silent = try RawSocket(port: server.port)
        #expect(try ask(RawSocket(port: server.port)) == 200)
        #expect(try silent.readToEnd() == "")
        #expect(try ask(other) == 200)
    }

    @Test func `a server that is full lets the next client in`() throws {
        let server = try server(ServerLimits(connections: 8))
        let silent = try (0..<20).map { _ in try RawSocket(port: server.port) }
        #expect(try ask(RawSocket(port: server.port)) == 200)
        #expect(try silent[0].readToEnd() == "")
    }

    @Test func `a request too many is refused with one line, and one that does not count is answered`() throws {
        var limits = ServerLimits()
        limits.requests = 2
        limits.responsePatience = .seconds(3600)
        let server = try server(limits)
        let slow = try [slowReader(server, from: "127.0.0.2"), slowReader(server, from: "127.0.0.3")]
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        let refused = try client.readResponse()
        #expect(refused.status == 503)
        #expect(refused.body == "Too many requests at a time; try again later.\n")
        #expect(try ask(client, for: "/-/healthy") == 200)
        withExtendedLifetime(slow) {}
    }

    @Test func `the client with most places gives its oldest to another at once, and none to one with as many`() throws
    {
        var limits = ServerLimits()
        limits.requests = 4
        limits.responsePatience = .seconds(3600)
        let server = try server(limits)
        let few = try slowReader(server, from: "127.0.0.2")
        let many = try (0..<3).map { _ in try slowReader(server) }
        let others = try (0..<2).map { try slowReader(server, from: "127.0.0.\(3 + $0)") }
        #expect(try many[0].readToEnd().utf8.count < large.count)
        #expect(try many[1].readToEnd().utf8.count < large.count)
        // Each has one now.
        #expect(try ask(RawSocket(port: server.port, from: "127.0.0.5")) == 503)
        for client in [few, many[2]] + others { #expect(!client.isClosed) }
    }

    @Test func `a client that takes nothing of its oldest response gives that up for its next request`() async throws {
        var limits = ServerLimits()
        limits.requests = 3
        limits.responsePatience = .seconds(3600)
        let server = try server(limits)
        let slow = try (0..<2).map { _ in try slowReader(server) }
        let other = try slowReader(server, from: "127.0.0.2")
        // The system notices a moment later that nothing more is taken.
        _ = try await eventually("there is room") { try ask(RawSocket(port: server.port)) == 200 ? true : nil }
        #expect(try slow[0].readToEnd().utf8.count < large.count)
        #expect(!slow[1].isClosed && !other.isClosed)
    }

    @Test func `a response that is long not taken gives its place to another request`() async throws {
        var limits = ServerLimits()
        limits.requests = 1
        limits.responsePatience = .milliseconds(300)
        let server = try server(limits)
        let slow = try slowReader(server, from: "127.0.0.2")
        let client = try RawSocket(port: server.port)
        _ = try await eventually("the place is free") { try ask(client) == 200 ? true : nil }
        #expect(try slow.readToEnd().utf8.count < large.count)
        for _ in 0..<10 { #expect(try ask(client) == 200) }
    }

    @Test func `requests that are answered give their place back`() async throws {
        var limits = ServerLimits()
        limits.requests = 1
        let server = try server(limits)
        for _ in 0..<10 {
            // A client may have read its response a moment before the server knows.
            _ = try await eventually("a place") { try ask(RawSocket(port: server.port)) == 200 ? true : nil }
        }
    }
}
