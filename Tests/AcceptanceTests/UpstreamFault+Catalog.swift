import HTTPServer
import Operations
import Simulator
import TestSupport

extension UpstreamFault {
    static let statuses = [
        status(400, "client_error"), status(404, "client_error"), status(500, "server_error"),
        status(502, "server_error"), status(503, "server_error"),
        status(203, "malformed"),
    ]

    static let refusals = [status(401, "auth"), status(403, "auth")]

    static let connections = [
        UpstreamFault("connection reset", "network", code: "error", .init(then: .reset)),
        UpstreamFault("connection closed without a word", "network", code: "error", .init(then: .close)),
        UpstreamFault("reset in the middle of the body", "network", code: "error") { request, api, _ in
            api(request).half(then: .reset)
        },
        UpstreamFault("truncated body", "network", code: "error") { request, api, _ in
            api(request).half(then: .close)
        },
        UpstreamFault("Content-Length too long", "network", code: "error") { request, api, _ in
            let page = api(request)
            return page.answer(length: page.body.count + 1, then: .close)
        },
        UpstreamFault("Content-Length too short", "malformed", code: "200") { request, api, _ in
            let page = api(request)
            return page.answer(length: page.body.count - 1)
            // What is too much may be taken for the next answer.
        }.or(code: "error"),
        UpstreamFault("Content-Length below zero", "network", code: "error") { request, api, _ in
            api(request).answer(length: -1, then: .close)
        },
        UpstreamFault("no HTTP", "network", code: "error", .init("220 mail.example ESMTP\r\n", then: .close)),
    ]

    static let encodings = [
        encoded("chunks of no size", "Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"),
        encoded("a chunk larger than any memory", "Transfer-Encoding: chunked", "7FFFFFFFFFFFFFFF\r\n{}"),
        encoded("gzip that is none", "Content-Encoding: gzip", #"{"operations":[]}"#),
        encoded("an encoding that was not asked for", "Content-Encoding: br", #"{"operations":[]}"#),
    ]

    private static func encoded(_ name: String, _ header: String, _ body: String) -> UpstreamFault {
        UpstreamFault(
            name, "network", code: "error", .init("HTTP/1.1 200 OK\r\n\(header)\r\n\r\n\(body)", then: .close))
    }

    static let bodies = [
        body("HTML", Array("<!DOCTYPE html><html><body>Be right back.</body></html>".utf8)), body("nothing", []),
        body("null", Array("null".utf8)), body("an array", Array("[]".utf8)),
        body("nesting of 100,000 levels", nested("[", "]")), body("nesting of 100,000 objects", nested(#"{"a":"#, "}")),
        body("bytes that are no UTF-8", Array(#"{"operations":[],"x":""#.utf8) + [0xFF] + Array(#""}"#.utf8)),
    ]

    private static func nested(_ open: String, _ close: String) -> [UInt8] {
        let levels = String(repeating: open, count: 100_000) + "1" + String(repeating: close, count: 100_000)
        return Array(#"{"operations":[],"pagination":{"next":null},"x":\#(levels)}"#.utf8)
    }

    private static let gigabyte = 1 << 30
    /// A head, and the length of a first chunk.
    private static let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11"

    static let sizes = [
        UpstreamFault(
            "1 GB, announced", "malformed", code: "error",
            ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: \(gigabyte)\r\n\r\n")
                .followed(by: Array(repeating: UInt8(ascii: " "), count: 1 << 16), times: gigabyte >> 16)),
        UpstreamFault(
            "1 GB in chunks", "malformed", code: "error",
            ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .followed(
                    by: Array("10000\r\n".utf8) + Array(repeating: UInt8(ascii: " "), count: 1 << 16)
                        + Array("\r\n".utf8), times: gigabyte >> 16)),
        UpstreamFault(
            "1 GB of headers", "malformed", code: "error",
            ScriptedPeer.Answer("HTTP/1.1 200 OK\r\n")
                .followed(
                    by: Array(("X-Header: " + String(repeating: "x", count: 1000) + "\r\n").utf8),
                    times: gigabyte / 1012)),
        UpstreamFault(
            "1 GB of answers that are to be continued", "malformed", code: "error",
            ScriptedPeer.Answer("")
                .followed(
                    by: Array("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n".utf8), times: gigabyte / 39)),
        UpstreamFault(
            "1 GB of trailers", "malformed", code: "error",
            ScriptedPeer.Answer(chunk + "\r\n{\"operations\":[]}\r\n0\r\n")
                .followed(
                    by: Array(("X-Trailer: " + String(repeating: "x", count: 1000) + "\r\n").utf8),
                    times: gigabyte / 1013)),
        UpstreamFault(
            "a trailer of 1 GB", "malformed", code: "error",
            ScriptedPeer.Answer(chunk + "\r\n{\"operations\":[]}\r\n0\r\nX: ")
                .followed(by: Array(repeating: UInt8(ascii: "x"), count: 1 << 16), times: gigabyte >> 16)),
        UpstreamFault(
            "1 GB of an extension of a chunk", "malformed", code: "error",
            ScriptedPeer.Answer(chunk + ";")
                .followed(by: Array(repeating: UInt8(ascii: "x"), count: 1 << 16), times: gigabyte >> 16)),
        UpstreamFault(
            "1 GB of gzip that is nothing", "malformed", code: "error",
            ScriptedPeer.Answer(Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8) + gzipHead)
                .followed(
                    by: Array(repeatElement([0, 0, 0, 255, 255], count: 13_000).joined()), times: gigabyte / 65_000)),
        UpstreamFault(
            "gzip bomb", "malformed", code: "error",
            ScriptedPeer.Answer(Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8) + bombHead)
                .followed(by: Array(repeatElement(bombRefrain, count: 1000).joined()), times: gigabyte / 2_064_000)),
    ]

    private static let gzipHead: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    /// The header of gzip (RFC 1952), then a block of fixed Huffman codes (RFC 1951, section 3.2.6) that says one space
    /// and "258 times the last byte" once.
    private static let bombHead: [UInt8] = gzipHead + bits("010" + "01010000" + again)
    /// Says that eight times more: 2064 bytes in 13.
    private static let bombRefrain = bits(String(repeating: again, count: 8))
    /// Length 258, distance 1.
    private static let again = "11000101" + "00000"

    /// The bytes of a bit stream whose first bit is the lowest one.
    private static func bits(_ text: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: text.count / 8)
        for (index, bit) in text.enumerated() where bit == "1" { bytes[index / 8] |= 1 << (index % 8) }
        return bytes
    }

    static let lists = [
        UpstreamFault("tokens A, B, A, B", "pagination", code: "200") { request, api, _ in
            let next = request.query("pageToken") == "hidden-cursor-A" ? "hidden-cursor-B" : "hidden-cursor-A"
            return api(request.firstPage).naming(next).answer()
        },
        UpstreamFault("a page that comes again under ever new tokens", "pagination", code: "200") { request, api, _ in
            let count = request.query("pageToken").flatMap { Int($0.dropFirst("hidden-cursor-".count)) } ?? 0
            return api(request.firstPage).naming("hidden-cursor-\(count + 1)").answer()
        },
        UpstreamFault("a next that is no token", "malformed", code: "200") { request, api, _ in
            api(request.firstPage).naming("https://comms.twilio.com/v1/Messages/Operations").answer()
        },
    ]

    static let endless = UpstreamFault("empty pages under ever new tokens", "pagination", code: "200") {
        request, _, _ in
        let count = request.query("pageToken").flatMap { Int($0.dropFirst("hidden-cursor-".count)) } ?? 0
        return ServerResponse(status: 200, body: Array(#"{"operations":[],"pagination":{"next":null}}"#.utf8)).naming(
            "hidden-cursor-\(count + 1)"
        )
        .answer()
    }

    /// Redirects to a host that must never be asked.
    static func redirects(to url: String) -> [UpstreamFault] {
        let there = (name: "Location", value: "\(url)/v1/Messages/Operations")
        let elsewhere = UpstreamFault("a next page elsewhere", "pagination", code: "200") { request, api, _ in
            let next = request.query("pageToken") == "hidden-cursor-A" ? "hidden-cursor-B" : "hidden-cursor-A"
            return api(request.firstPage).naming("\(there.value)?pageToken=\(next)").answer()
        }
        return [301, 302, 303, 307, 308].map { status($0, "client_error", headers: [there]) } + [elsewhere]
    }

    static let pauses = [
        throttled("in seconds") { _ in "40" }, throttled("as a date") { ($0 + .seconds(40)).httpDate },
        throttled("far too many seconds") { _ in "1000000000000000000" },
        throttled("the year 9999") { _ in "Fri, 31 Dec 9999 23:59:59 GMT" },
        throttled("below zero") { _ in "-40" }, throttled("in letters") { _ in "soon" },
    ]

    static let hangs = [
        UpstreamFault("hang before the answer", "timeout", code: "error", .init(then: .hang)),
        UpstreamFault("hang in the middle of the body", "timeout", code: "error") { request, api, _ in
            api(request).half(then: .hang)
        },
        // Every second of a program whose time runs 40 times as fast as real.
        UpstreamFault(
            "a body that comes a byte a second", "timeout", code: "error",
            ScriptedPeer.Answer("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                .followed(by: [UInt8(ascii: " ")], times: 100_000, pause: 25_000)),
    ]
}

extension ServerRequest {
    /// The same without a page token; of the headers the login alone, which is all the simulator reads.
    fileprivate var firstPage: ServerRequest {
        ServerRequest(
            method: method, path: path, queryItems: queryItems.filter { $0.name != "pageToken" },
            headers: header("Authorization").map { [("Authorization", $0)] } ?? [])
    }
}

extension ServerResponse {
    /// The whole length announced, and half of the body.
    fileprivate func half(then ending: ScriptedPeer.Ending) -> ScriptedPeer.Answer {
        changed(body: Array(body.prefix(body.count / 2))).answer(length: body.count, then: ending)
    }

    /// The page with another token for the next one.
    fileprivate func naming(_ token: String) -> ServerResponse {
        let text = String(decoding: body, as: UTF8.self)
        return changed(body: Array(text.replacing(/"next":(null|"[^"]*")/, with: "\"next\":\"\(token)\"").utf8))
    }
}
