import TestSupport
import Testing

/// What clients that mean harm, or speak something else, do to the built exporter: nothing.
@Suite(.fewAtATime) struct HostileClientTests {
    private static let megabytes = 1 << 20

    private func exporter(_ arguments: [String] = []) async throws -> ExporterProcess {
        try await ExporterProcess(arguments, baseURL: "http://127.0.0.1:9", storage: ":memory:", interval: "1h")
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Sent one after the other, as far as the exporter takes them.
        let parts: [[UInt8]]
        /// What the answer must not have in it.
        var not = " 200 "

        init(_ testDescription: String, _ parts: [UInt8]..., times: Int = 1, last: String = "", not: String = " 200 ") {
            self.testDescription = testDescription
            self.parts = parts.dropLast() + Array(repeating: parts.last ?? [], count: times) + [Array(last.utf8)]
            self.not = not
        }
    }

    private static func text(_ text: String, times: Int = 1) -> [UInt8] {
        Array(String(repeating: text, count: times).utf8)
    }

    private static let get = "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
    private static let post = "POST /metrics HTTP/1.1\r\nHost: test\r\n"

    static let attacks = [
        Attack("one header of 2 MB", text(get + "X: "), text("a", times: 2 * megabytes), last: "\r\n\r\n"),
        Attack("2 MB of headers", text(get), text("X-Large: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", times: 60_000)),
        Attack("a path of 2 MB", text("GET /"), text("a", times: 2 * megabytes), last: " HTTP/1.1\r\n\r\n"),
        Attack("a method of 2 MB", text("G", times: 2 * megabytes), last: " / HTTP/1.1\r\n\r\n"),
        Attack("a query of 30 KB", text("GET /?"), text("a=%00&", times: 5000), last: " HTTP/1.1\r\n\r\n"),
        Attack(
            "a TLS hello",
            [0x16, 3, 1, 0, 0xc8, 1, 0, 0, 0xc4, 3, 3] + (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }),
        Attack("the beginning of HTTP/2", text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), [0, 0, 0, 4, 0, 0, 0, 0, 0]),
        Attack("2 MB of NUL", [UInt8](repeating: 0, count: 2 * megabytes)),
        Attack("NUL in the path", text("GET /\0 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"), not: " 500 "),
        Attack("NUL in a header", text(get + "X: a\0b\r\n\r\n"), not: " 500 "),
        Attack("no lines", text("x", times: 100_000)),
        Attack("empty lines alone", text("\r\n", times: 100_000)),
        Attack("an unknown version", text("GET /metrics HTTP/7.3\r\nHost: test\r\n\r\n")),
        Attack(
            "a body of 100 MB, announced", text(post + "Content-Length: 104857600\r\n\r\n"),
            text("a", times: megabytes), times: 100),
        Attack(
            "a body of 100 MB, in pieces", text(post + "Transfer-Encoding: chunked\r\n\r\n"),
            text("100000\r\n" + String(repeating: "a", count: megabytes) + "\r\n"), times: 100, last: "0\r\n\r\n"),
        Attack("a piece of 2^64 bytes", text(post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n")),
        Attack("a negative length", text(post + "Content-Length: -1\r\n\r\n")),
        Attack("a wish to be asked first", text(post + "Content-Length: 104857600\r\nExpect: 100-continue\r\n\r\n")),
        Attack("a wish nobody knows", text(get + "Expect: a-miracle\r\n\r\n"), not: " 500 "),
        Attack("two lengths", text(post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd" + get + "\r\n")),
        Attack(
            "a length and pieces",
            text(post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get + "\r\n")),
    ]

    private func attack(_ attack: Attack, _ exporter: ExporterProcess) throws {
        let client = try RawSocket(port: UInt16(exporter.port))
        // It may have closed before all is sent.
        for part in attack.parts { guard (try? client.send(part)) != nil else { break } }
        client.endSending()
        guard let answer = try? client.readToEnd() else {
            Issue.record("\(attack.testDescription): neither an answer nor the end")
            return
        }
        #expect(!answer.contains(attack.not), "\(attack.testDescription)")
        #expect(try health(exporter) == "Healthy.\n")
    }

    private func health(_ exporter: ExporterProcess) throws -> String {
        let client = try RawSocket(port: UInt16(exporter.port))
        try client.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n")
        return try client.readResponse().body
    }

    /// What must hold: it goes on to answer, and what all attacks together leave is less than 32 MB. The first round fills
    /// what any client would fill.
    @Test("no request is so bad that the exporter dies, or keeps it in memory")
    func attacks() async throws {
        let exporter = try await exporter()
        try await attackWithAll(exporter)
        let before = try await memory(exporter)
        for _ in 0..<5 { try await attackWithAll(exporter) }
        let after = try await memory(exporter)
        #expect(after - before < 32e6, "\(before) before, \(after) after")
        #expect(await exporter.program.end().status == 0)
    }

    /// With all at once.
    private func attackWithAll(_ exporter: ExporterProcess) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for attack in Self.attacks {
                group.addTask { try await onOwnThread { try self.attack(attack, exporter) } }
            }
            try await group.waitForAll()
        }
    }

    /// In bytes.
    private func memory(_ exporter: ExporterProcess) async throws -> Double {
        try #require(try await exporter.scrape()["process_resident_memory_bytes"])
    }

    @Test("5000 requests that are sent at once are all answered, in order")
    func pipelining() async throws {
        let exporter = try await exporter()
        try await onOwnThread {
            let client = try RawSocket(port: UInt16(exporter.port))
            for _ in 0..<50 {
                try client.send(
                    String(repeating: "GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n", count: 99)
                        + "GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n")
            }
            for _ in 0..<50 {
                for _ in 0..<99 { #expect(try client.readResponse().status == 200) }
                #expect(try client.readResponse().status == 404)
            }
        }
    }

    @Test("500 scrapes over 20 connections all succeed, and are whole")
    func scrapes() async throws {
        let exporter = try await exporter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await onOwnThread {
                        let client = try RawSocket(port: UInt16(exporter.port))
                        for _ in 0..<25 {
                            try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
                            let response = try client.readResponse()
                            #expect(response.status == 200)
                            #expect(response.body.contains("\ntwilio_comms_up{"))
                            #expect(response.body.split(separator: "\n").last?.hasPrefix("process_") == true)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("--web.max-requests refuses what is too much, and never the health checks")
    func maxRequests() async throws {
        let exporter = try await exporter(["--web.max-requests=1"])
        let client = try RawSocket(port: UInt16(exporter.port))
        var slow: [RawSocket] = []
        let refused = try await eventually("a scrape is refused") {
            // All requests of one may be refused while a scrape is served.
            slow.append(try RawSocket(port: UInt16(exporter.port), from: "127.0.0.2", receiveBuffer: 4096))
            try? slow.last?.send(String(repeating: "GET /metrics HTTP/1.1\r\nHost: slow\r\n\r\n", count: 400))
            try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
            let response = try client.readResponse()
            return response.status == 503 ? response : nil
        }
        #expect(refused.body == "Too many requests at a time; try again later.\n")
        #expect(try health(exporter) == "Healthy.\n")
        // Whether it was still being served, or has been too slow for too long.
        _ = try await eventually("the slow client gives up its place", within: .seconds(15)) {
            try client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
            return try client.readResponse().status == 200 ? true : nil
        }
    }
}
