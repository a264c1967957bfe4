import HTTPClient
import TestSupport
import Testing

/// Answers without end, of every kind that a peer can send.
@Suite struct `An answer without end` {
    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let trailers = chunked + "2\r\n{}\r\n0\r\n"
    private static let tooMany = "more than 1000 headers and trailers"
    private static let tooLong = "headers and trailers of more than 65536 bytes"
    private static let line = "a line of the headers or trailers is too long"
    private static let header = "X-Header: " + String(repeating: "x", count: 1000) + "\r\n"

    @Test(
        arguments: [
            ("headers", "HTTP/1.1 200 OK\r\n", header, tooLong),
            ("short headers", "HTTP/1.1 200 OK\r\n", "a:\r\n", tooMany),
            ("one header", "HTTP/1.1 200 OK\r\nX: ", String(repeating: "x", count: 1000), line),
            ("trailers", trailers, header, tooLong),
            ("short trailers", trailers, "a: b\r\n", tooMany),
            ("one trailer", trailers + "X: ", String(repeating: "x", count: 1000), line),
            ("interim responses", "", "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", tooMany),
            (
                "an extension of a chunk", chunked + "2;", String(repeating: "x", count: 1000),
                "more than 67536 bytes around the body"
            ),
            (
                "extensions of many chunks", chunked, "1;" + String(repeating: "x", count: 60_000) + "\r\n \r\n",
                "more than 67536 bytes around the body"
            ),
        ])
    func `but for its body is cut off`(what: String, start: String, refrain: String, text: String) async throws {
        let error = try await error(Array(start.utf8), Array(refrain.utf8))
        #expect(error == .excessive(text), "\(what)")
    }

    /// Blocks of gzip that are stored and empty (RFC 1951, section 3.2.4).
    @Test func `whose body is empty when it is decompressed is cut off by what came`() async throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        #expect(try await error(Array(start.utf8) + header, [0, 0, 0, 255, 255]) == .tooLarge(limit: 1000))
    }

    /// Each layer may be blocks that are empty, which libcurl would inflate for minutes without a byte of body.
    @Test(arguments: [
        "Content-Encoding: gzip, gzip, gzip", "content-encoding:gzip ,x-gzip,\tGZIP",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip",
        "Content-Encoding: gzip, gzip\r\nTransfer-Encoding: gzip",
    ])
    func `in layers of compression is refused`(headers: String) async throws {
        let start = "HTTP/1.1 200 OK\r\n\(headers)\r\n\r\n"
        await #expect(throws: HTTPClientError.excessive("a body that is compressed more than once")) {
            try await answer(Array(start.utf8) + gzippedThrice, then: .close)
        }
    }

    @Test func `in layers of transfer codings is refused`() async throws {
        let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, gzip, gzip\r\n\r\n"
        let error = await #expect(throws: HTTPClientError.self) {
            try await answer(Array(start.utf8) + gzippedThrice, then: .close)
        }
        // The libcurl of Debian 13 takes no such coding that it has not asked for.
        let refusals: [HTTPClientError] = [
            .excessive("a body that is compressed more than once"),
            .network("Unsolicited Transfer-Encoding (gzip) found"),
        ]
        #expect(error.map(refusals.contains) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        "Content-Encoding: gzip, deflate", "Content-Encoding: br, gzip", "Content-Encoding: gzip, identity, gzip",
    ])
    func `in layers of several codings is refused`(headers: String) async throws {
        await #expect(throws: HTTPClientError.excessive("a body that is compressed more than once")) {
            try await answer("HTTP/1.1 200 OK\r\n\(headers)\r\n\r\n{}")
        }
    }

    @Test(arguments: ["", ", identity", "\r\nContent-Encoding: identity", "\r\nTransfer-Encoding: identity"])
    func `is told from one that is compressed once`(more: String) async throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\(more)\r\n\r\n"
        #expect(text(of: try await answer(Array(start.utf8) + gzippedBraces)) == "{}")
    }

    @Test func `is told from one with many headers`() async throws {
        let headers = (1...900).map { "X-\($0): \(String(repeating: "y", count: 50))\r\n" }.joined()
        let response = try await answer("HTTP/1.1 200 OK\r\n\(headers)Content-Length: 2\r\n\r\n{}")
        #expect(text(of: response) == "{}")
    }

    @Test func `is told from one with trailers, extensions and interim responses`() async throws {
        let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", count: 20)
        let trailers = (1...20).map { "X-\($0): y\r\n" }.joined()
        let response = try await answer(interim + Self.chunked + "2;a=b\r\n{}\r\n0\r\n\(trailers)\r\n")
        #expect(text(of: response) == "{}")
    }

    /// The peer goes on until the client closes: what it has sent by then is bounded by what was read and what fits into
    /// the buffers of the sockets.
    private func error(_ start: [UInt8], _ refrain: [UInt8]) async throws -> HTTPClientError? {
        let part = Array(repeatElement(refrain, count: max(1, 60_000 / refrain.count)).joined())
        let peer = try ScriptedPeer(ScriptedPeer.Answer(start, then: .close).followed(by: part, times: 1 << 20))
        var request = HTTPRequest(url: peer.url)
        request.maximumBodySize = 1000
        return await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(request) }
    }
}

@Suite struct `Large bodies` {
    /// A process of its own, since all clients in one share what bodies may take.
    @Test func `at the same time may not take more memory than one and some`() async {
        await #expect(processExitsWith: .success) {
            let length = 60 << 20
            let peer = try ScriptedPeer(
                ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n", then: .hang)
                    .followed(by: Array(repeating: 32, count: 1 << 20), times: 59))
            let client = try HTTPClient()
            // The first to end; those that are left would wait for the rest of their body.
            let error = await withTaskGroup(of: HTTPClientError?.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        do throws(HTTPClientError) { _ = try await client.send(HTTPRequest(url: peer.url)) } catch {
                            return error
                        }
                        return nil
                    }
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
            #expect(error == .excessive("this body and others at the same time are too large together"))
            // All that they took is free again.
            let whole = try ScriptedPeer(
                ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n", then: .close)
                    .followed(by: Array(repeating: 32, count: 1 << 20), times: 60))
            for _ in 1...2 {
                #expect(try await client.send(HTTPRequest(url: whole.url)).body.count == length)
            }
        }
    }
}

/// `{}`, compressed.
private let gzippedBraces: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0xAE, 0x05, 0x00, 0x43, 0xBF, 0xA6, 0xA3,
    0x02, 0x00, 0x00, 0x00,
]

/// `{}`, compressed three times.
private let gzippedThrice: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x93, 0xEF, 0xE6, 0x60, 0x00, 0x01, 0x26, 0xE6,
    0xC9, 0xEF, 0x9F, 0x25, 0x30, 0x30, 0xAA, 0x3D, 0xBB, 0xFA, 0x3A, 0x42, 0x72, 0xCE, 0x77, 0xFD, 0xE8, 0x33,
    0x2C, 0x4F, 0x18, 0x19, 0x92, 0x9F, 0x1C, 0x93, 0x17, 0x03, 0x4A, 0x03, 0x00, 0x43, 0x43, 0x0A, 0x6A, 0x27,
    0x00, 0x00, 0x00,
]
