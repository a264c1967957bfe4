import Dispatch
import HTTPServer
import Locking
import TestSupport
import Testing

struct PendingAnswerTests {
    /// A server that puts off what is asked for at `/later`, and hands out what it has put off.
    private func server() throws -> (Server, pending: Locked<[PendingAnswer]>) {
        let pending = Locked<[PendingAnswer]>([])
        let server = try Server(listening: [ListenAddress("127.0.0.1:0")]) { request in
            guard request.path == "/later" else { return .now(.text(200, "now")) }
            let answer = PendingAnswer()
            pending.withLock { $0.append(answer) }
            return .later(answer)
        }
        return (server, pending)
    }

    private func ask(_ path: String, _ client: RawSocket) throws {
        try client.send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
    }

    /// What has been put off, once it is so many.
    private func waiting(_ count: Int, _ pending: Locked<[PendingAnswer]>) async throws -> [PendingAnswer] {
        try await eventually("\(count) wait") {
            let all = pending.withLock { $0 }
            return all.count == count ? all : nil
        }
    }

    @Test func `those who wait take no thread from others, and are answered on the same connection`() async throws {
        let (server, pending) = try server()
        let waiting = try (0..<20).map { _ in try RawSocket(port: server.port) }
        for client in waiting { try ask("/later", client) }
        let answers = try await self.waiting(waiting.count, pending)
        let other = try RawSocket(port: server.port)
        try ask("/", other)
        #expect(try other.readResponse().body == "now")
        for answer in answers { answer.resolve { .now(.text(200, "later")) } }
        for client in waiting {
            #expect(try client.readResponse().body == "later")
            try ask("/", client)
            #expect(try client.readResponse().body == "now")
        }
    }

    @Test(arguments: [ServerLimits.Threads.pool(2), .perConnection])
    func `an answer may come before the connection waits, and again`(_ threads: ServerLimits.Threads) throws {
        let address = try ListenAddress("127.0.0.1:0")
        let server = try Server(listening: [address], limits: ServerLimits(threads: threads)) { _ in
            let answer = PendingAnswer()
            answer.resolve { .now(.text(200, "first")) }
            answer.resolve { .now(.text(200, "second")) }
            return .later(answer)
        }
        let clients = try (0..<8).map { _ in try RawSocket(port: server.port) }
        for _ in 0..<500 {
            for client in clients { try ask("/later", client) }
            for client in clients { #expect(try client.readResponse().body == "first") }
        }
    }

    @Test func `answers from many threads all arrive`() throws {
        let queue = DispatchQueue(label: "answers", attributes: .concurrent)
        let server = try Server(listening: [ListenAddress("127.0.0.1:0")]) { _ in
            let answer = PendingAnswer()
            queue.async { answer.resolve { .now(.text(200, "ok")) } }
            return .later(answer)
        }
        let clients = try (0..<30).map { _ in try RawSocket(port: server.port) }
        for _ in 0..<50 {
            for client in clients { try ask("/", client) }
            for client in clients { #expect(try client.readResponse().body == "ok") }
        }
    }

    @Test func `a client that leaves while it waits does no harm`() async throws {
        let (server, pending) = try server()
        for _ in 0..<10 { try ask("/later", RawSocket(port: server.port)) }
        let answers = try await eventually("all wait") {
            let all = pending.withLock { $0 }
            return all.count == 10 ? all : nil
        }
        for answer in answers { answer.resolve { .now(.text(200, "too late")) } }
        let client = try RawSocket(port: server.port)
        try ask("/", client)
        #expect(try client.readResponse().body == "now")
    }

    @Test func `a server that stops waits for no answer beyond its time, and one that comes later does no harm`()
        async throws
    {
        let (server, pending) = try server()
        let client = try RawSocket(port: server.port)
        try ask("/later", client)
        let answers = try await waiting(1, pending)
        try await onOwnThread { server.stop(drain: .milliseconds(50)) }
        for answer in answers { answer.resolve { .now(.text(200, "too late")) } }
        let rest = try client.readToEnd()
        #expect(!rest.contains("too late"))
    }

    @Test func `a server that stops lets a waiting request be answered in its time`() async throws {
        let (server, pending) = try server()
        let client = try RawSocket(port: server.port)
        try ask("/later", client)
        let answers = try await waiting(1, pending)
        async let stopped: Void = onOwnThread { server.stop(drain: .seconds(20)) }
        for answer in answers { answer.resolve { .now(.text(200, "in time")) } }
        #expect(try client.readResponse().body == "in time")
        try await stopped
    }

    @Test func `an answer may be put off again, and each step is changed as the first one was to be`() async throws {
        let last = Locked<[PendingAnswer]>([])
        let server = try Server(listening: [ListenAddress("127.0.0.1:0")]) { _ in
            let first = PendingAnswer()
            DispatchQueue.global().async {
                first.resolve {
                    let second = PendingAnswer()
                    last.withLock { $0.append(second) }
                    return .later(second)
                }
            }
            return ServerAnswer.later(first).map { .text($0.status, String(decoding: $0.body, as: UTF8.self) + "!") }
        }
        let client = try RawSocket(port: server.port)
        for round in 1...50 {
            try ask("/", client)
            let all = try await waiting(round, last)
            all[round - 1].resolve { .now(.text(200, "second")) }
            #expect(try client.readResponse().body == "second!")
        }
        try ask("/", client)
        _ = try await waiting(51, last)
        try await onOwnThread { server.stop(drain: .milliseconds(50)) }
        let rest = try client.readToEnd()
        #expect(!rest.contains("second"))
    }
}
