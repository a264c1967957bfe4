import Dispatch
import TestSupport
import Testing

@testable import HTTPServer

struct LivenessTests {
    /// A server whose handler hangs where it is asked for `/hang`, until the semaphore is signaled.
    private func server(_ leave: DispatchSemaphore, on addresses: [String] = ["127.0.0.1:0"]) throws -> Server {
        let limits = ServerLimits(threads: .pool(2))
        return try Server(listening: addresses.map { try ListenAddress($0) }, limits: limits) { request in
            if request.path == "/hang" { leave.wait() }
            return .text(200, "ok")
        }
    }

    private func hang(_ server: Server) throws -> RawSocket {
        let client = try RawSocket(port: server.port)
        try client.send("GET /hang HTTP/1.1\r\nHost: test\r\n\r\n")
        return client
    }

    @Test func `a server that answers on every socket is serving, whatever it answers`() throws {
        let server = try server(DispatchSemaphore(value: 0), on: ["127.0.0.1:0", "[::1]:0", ":0"])
        #expect(server.isServing(path: "/", within: .seconds(20)))
        let refusing = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in .text(503, "no") }
        #expect(refusing.isServing(path: "/", within: .seconds(20)))
        let closing = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in ServerResponse(status: 0) }
        #expect(closing.isServing(path: "/", within: .seconds(20)))
    }

    @Test func `a server with a handler that hangs is not serving, although another thread answers`() async throws {
        let leave = DispatchSemaphore(value: 0)
        let server = try server(leave)
        let client = try hang(server)
        let limit = Duration.milliseconds(200)
        _ = try await eventually("it is not serving") { server.isServing(path: "/", within: limit) ? nil : true }
        leave.signal()
        #expect(try client.readResponse().body == "ok")
        _ = try await eventually("it is serving again") {
            server.isServing(path: "/", within: .seconds(20)) ? true : nil
        }
    }

    @Test func `a handler that has put its answer off is no fault, and is one when it goes on and hangs`()
        async throws
    {
        let leave = DispatchSemaphore(value: 0)
        let (pending, isAsked) = (PendingAnswer(), Latch())
        let server = try Server(listening: [ListenAddress("127.0.0.1:0")]) { request in
            guard request.path == "/later" else { return .now(.text(200, "ok")) }
            isAsked.open()
            return .later(pending)
        }
        let isRunning = { server.responder.connections.isHandlerRunning(forLongerThan: .zero) }
        let client = try RawSocket(port: server.port)
        try client.send("GET /later HTTP/1.1\r\nHost: test\r\n\r\n")
        await isAsked.wait()
        _ = try await eventually("no handler runs") { isRunning() ? nil : true }
        pending.resolve {
            leave.wait()
            return .now(.text(200, "later"))
        }
        let isSeen = try? await eventually("the handler runs", within: .seconds(20)) { isRunning() ? true : nil }
        // Before anything may fail: a server that is let go waits for its handlers.
        leave.signal()
        #expect(isSeen == true)
        #expect(try client.readResponse().body == "later")
        _ = try await eventually("it is serving again") {
            server.isServing(path: "/", within: .seconds(20)) ? true : nil
        }
    }

    @Test func `a server whose threads do not answer is not serving`() async throws {
        let leave = DispatchSemaphore(value: 0)
        let server = try server(leave)
        // Until both threads hang; a thread that hangs already leaves the next client to the other.
        var clients: [RawSocket] = []
        _ = try await eventually("it does not answer") {
            clients.append(try hang(server))
            return server.isServing(path: "/hang", within: .milliseconds(200)) ? nil : true
        }
        for _ in 0..<clients.count + 10 { leave.signal() }
    }
}
