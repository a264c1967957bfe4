import Exposition
import HTTPServer
import Ledger
import Locking
import Operations
import Polling
import TestSupport
import Web

/// Sends any bytes over a connection of their own to the exporter's web side, and holds what comes back, and what the
/// handler was given, against what is promised.
package final class RequestCheck {
    private struct Handled: Sendable {
        let request: ServerRequest
        let response: ServerResponse
    }

    private static let contentTypes = Set(
        [EscapingScheme.underscores, .values, .allowUTF8].flatMap { escaping in
            ExpositionFormat.allCases.map { $0.contentType(escaping) }
        })

    private let handled = Locked<[Handled]>([])
    private let server: Server

    package init() throws {
        let health = AccountSnapshot(
            account: "default", resource: .messages, health: PollHealth(), ledger: LedgerState(), reading: .exclusive)
        let published = Published(initial: [health], configuredAt: Timestamp(seconds: 1))
        let routes = Routes(published: published, telemetryPath: "/metrics") { _, tell in
            tell([])
            return true
        }
        // A thread of a pool learns only at the next byte, or when the connection has been idle for too long, that its
        // client sends no more: epoll has told it so together with the last bytes, once.
        let limits = ServerLimits(threads: .perConnection)
        server = try Server(listening: [ListenAddress("127.0.0.1:0")], limits: limits) { [handled] request in
            routes.respond(to: request).map { response in
                handled.withLock { $0.append(Handled(request: request, response: response)) }
                return response
            }
        }
    }

    package func run(_ bytes: [UInt8]) throws {
        let answer = try exchange(bytes)
        let handled = takeHandled()
        try judge(answer, to: handled)
        for handled in handled { try judge(handled) }
        if let line = RequestLine(bytes), let first = handled.first?.request {
            try promise(
                first.method == line.method && first.path == line.path,
                "\(line) was handled as \(first.method) \(first.path)")
        }
        try expectService()
    }

    /// Everything that comes back until the server closes.
    private func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
        let socket = try RawSocket(port: server.port)
        // A server that has heard enough closes before it has all; what it said is there to be read all the same.
        try? socket.send(bytes)
        socket.endSending()
        return try socket.readBytesToEnd()
    }

    private func takeHandled() -> [Handled] {
        handled.withLock { handled in
            defer { handled = [] }
            return handled
        }
    }

    /// Each request that was handled has its answer, in turn; then at most one refusal, and nothing else.
    private func judge(_ answer: [UInt8], to handled: [Handled]) throws(BrokenPromise) {
        var rest = ResponseReader(answer)
        for handled in handled {
            let request = handled.request
            guard let head = rest.head() else { throw BrokenPromise("\(request.method) \(request.path) has no answer") }
            // One that was told to go on and had gone on already gets no answer of libmicrohttpd 0.9.75, and is closed.
            if head.status == 100, request.header("Expect") != nil { return }
            let expected = handled.response.body
            try promise(head.status == handled.response.status, "status \(head.status) for \(handled.response.status)")
            try promise(head.length == expected.count, "a length of \(head.length ?? -1) for \(expected.count) bytes")
            if request.method != "HEAD" {
                try promise(rest.body(expected.count) == expected, "the body is not the handler's")
            }
        }
        guard !rest.isAtEnd else { return }
        guard let refusal = rest.head() else { throw BrokenPromise("what follows the answers is none") }
        // A client that is told to go on may leave instead.
        try promise(
            [100, 400, 413, 414, 431, 501, 505].contains(refusal.status), "a refusal of status \(refusal.status)")
        // libmicrohttpd 0.9.75 says the head twice where it refuses the headers itself, before any code of ours is asked.
        rest.skipRepeatedHead()
        // HEAD has an answer without a body also where it is refused.
        guard !rest.isAtEnd else { return }
        try promise(
            rest.body(refusal.length ?? 0) != nil && rest.isAtEnd,
            "something follows the refusal: \(String(decoding: answer, as: UTF8.self))")
    }

    private func judge(_ handled: Handled) throws(BrokenPromise) {
        let request = handled.request
        try promise(!request.path.utf8.contains(0), "a path with a NUL")
        let pages = ["/", "/metrics", "/config", "/style.css", "/-/healthy", "/-/ready", "/-/reload"]
        let isKnown = pages.contains(request.path)
        let isRead = request.method == "GET" || request.method == "HEAD"
        let isAllowed = request.path == "/-/reload" ? request.method == "POST" : isRead
        let expected = !isKnown ? 404 : !isAllowed ? 405 : request.path == "/-/ready" ? 503 : 200
        try promise(
            handled.response.status == expected, "\(request.method) \(request.path): \(handled.response.status)")
        guard request.path == "/metrics", isRead else { return }
        let type = handled.response.headers.first { $0.name == "Content-Type" }?.value
        try promise(Self.contentTypes.contains(type ?? ""), "a type of \(type ?? "none")")
    }

    /// Whatever came before, the next client is served.
    private func expectService() throws {
        let answer = try exchange(Array("GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
        try promise(
            takeHandled().count == 1 && answer.starts(with: "HTTP/1.1 200 ".utf8), "the next client is not served")
    }
}
