import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

struct StopTests {
    /// Lets a handler say that it runs and wait until it may go on.
    private final class Gate: Sendable {
        let entered = DispatchSemaphore(value: 0)
        let leave = DispatchSemaphore(value: 0)

        func pass() {
            entered.signal()
            leave.wait()
        }
    }

    private func gated(_ gate: Gate) throws -> (Server, RawSocket) {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in
            gate.pass()
            return .text(200, "finished")
        }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        gate.entered.wait()
        return (server, client)
    }

    @Test func `stop lets a response in flight finish`() throws {
        let gate = Gate()
        let (server, client) = try gated(gate)
        let stopped = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            server.stop(drain: .seconds(20))
            stopped.signal()
        }
        // The server is stopping once it refuses new clients.
        while (try? RawSocket(port: server.port)) != nil { usleep(1000) }
        #expect(stopped.wait(timeout: .now()) == .timedOut)
        gate.leave.signal()
        #expect(try client.readResponse().body == "finished")
        #expect(stopped.wait(timeout: .now() + 20) == .success)
    }

    @Test func `stop waits no longer than it may`() throws {
        let gate = Gate()
        let (server, client) = try gated(gate)
        let stopped = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            server.stop(drain: .milliseconds(50))
            stopped.signal()
        }
        while (try? RawSocket(port: server.port)) != nil { usleep(1000) }
        // The drain is over soon; only the handler's own thread still keeps the daemon.
        usleep(500_000)
        gate.leave.signal()
        #expect(stopped.wait(timeout: .now() + 20) == .success)
        #expect(try client.readToEnd().contains("finished") == false)
    }

    @Test func `stop does not wait for clients that only keep their connection`() throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in .text(200, "ok") }
        let client = try RawSocket(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "ok")
        server.stop(drain: .seconds(3600))
        #expect(try client.readToEnd() == "")
    }

    /// libmicrohttpd 0.9.75 ends the process where a thread of its own wakes up at the moment it is quiesced: with two threads,
    /// so many stops met that in one run of five.
    @Test(arguments: [false, true], [1, 2])
    func `a server can stop at any moment while clients come and go`(isSharingItsSocket: Bool, threads: Int)
        async throws
    {
        let limits = ServerLimits(threads: .pool(threads))
        try await onOwnThread {
            let requests = String(repeating: "GET / HTTP/1.1\r\nHost: test\r\n\r\n", count: 20)
            for _ in 0..<500 {
                let others = try ListeningSocket(ListenAddress("127.0.0.1:0"))
                defer { others.close() }
                let socket =
                    try isSharingItsSocket
                    ? ListeningSocket(adopting: dup(others.descriptor)) : ListeningSocket(ListenAddress("127.0.0.1:0"))
                let server = try Server(sockets: [socket], limits: limits) { _ in .now(.text(200, "ok")) }
                let clients = try (0..<4).map { _ in try RawSocket(port: server.port) }
                for client in clients { try? client.send(requests) }
                server.stop(drain: .zero)
                // One that was not accepted in time waits for the others who listen.
                guard !isSharingItsSocket else { continue }
                for client in clients { _ = try client.readToEnd() }
            }
        }
    }

    @Test func `a socket that others have goes on to listen, for them, and one of our own does not`() throws {
        let others = try ListeningSocket(ListenAddress("127.0.0.1:0"))
        defer { others.close() }
        let shared = try Server(sockets: [ListeningSocket(adopting: dup(others.descriptor))]) { _ in
            .now(.text(200, "ok"))
        }
        shared.stop(drain: .zero)
        let waiting = try RawSocket(port: others.port)
        #expect(!waiting.isClosed)
        // An address of its own, since others may be given the port that this one gives back.
        let own = try Server(listening: ListenAddress("127.77.77.78:0")) { _ in .text(200, "ok") }
        own.stop(drain: .zero)
        #expect(throws: RawSocketError.self) { try RawSocket(port: own.port, host: "127.77.77.78") }
    }

    @Test func `stop may be called again, and the port is free afterwards`() throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { _ in .text(200, "first") }
        server.stop(drain: .zero)
        server.stop(drain: .seconds(1))
        let second = try Server(listening: ListenAddress("127.0.0.1:\(server.port)")) { _ in .text(200, "second") }
        let client = try RawSocket(port: second.port)
        try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse().body == "second")
    }

    @Test func `a server that nobody holds stops, and lets go of its handler`() throws {
        final class Held: Sendable {}
        var held: Held? = Held()
        weak let witness = held
        var server: Server? = try Server(listening: ListenAddress("127.0.0.1:0")) { [held] _ in
            .text(200, held == nil ? "gone" : "held")
        }
        held = nil
        let port = try #require(server?.port)
        #expect(witness != nil)
        server = nil
        #expect(witness == nil)
        #expect(throws: RawSocketError.self) { try RawSocket(port: port) }
    }
}
