internal import CMicrohttpd
import Dispatch
internal import Locking

/// What libmicrohttpd's callbacks work with: the handler, and an account of connections and exchanges.
///
/// Called on libmicrohttpd's threads, several at a time.
final class Responder: Sendable {
    private let handler: @Sendable (ServerRequest) -> ServerAnswer
    private let limits: ServerLimits
    let connections: Connections
    private let suspended = SuspendedConnections()
    /// What connections start with; nil without TLS.
    private let tls: Locked<TLSContext?>
    /// Holds each exchange from the first sight of its request to the end of its response.
    let exchanges = DispatchGroup()

    init(
        limits: ServerLimits, tls: TLSContext?, handler: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) {
        self.limits = limits
        self.tls = Locked(tls)
        connections = Connections(limits: limits)
        self.handler = handler
    }

    /// Whether connections are TLS; never changes.
    var usesTLS: Bool { tls.withLock { $0 != nil } }

    /// From now on, connections start with another context.
    func use(_ context: TLSContext) {
        tls.withLock { tls in if tls != nil { tls = context } }
    }

    /// Returns what is to be kept with the connection to its end. Its handshake has not begun.
    func connectionStarted(_ connection: OpaquePointer) -> TLSContext? {
        connections.opened(
            cmicrohttpd_socket(connection), from: ClientAddress(cmicrohttpd_client_address(connection)))
        guard let session = cmicrohttpd_tls_session(connection), let context = tls.withLock({ $0 }) else { return nil }
        context.apply(to: OpaquePointer(session))
        return context
    }

    func connectionClosed(_ connection: OpaquePointer) {
        connections.closed(cmicrohttpd_socket(connection))
    }

    /// Lets no request wait for an answer any longer.
    func stopWaiting() {
        suspended.stop()
    }

    /// The headers of a request are complete. The answer waits for the next call: libmicrohttpd closes the connection
    /// after a response that was queued in this one, which is right only for a body that nobody will read.
    func exchangeBegan(_ connection: OpaquePointer) -> MHD_Result {
        exchanges.enter()
        let headers = values(of: .HEADER_KIND, in: connection).map { (name: $0.name.lowercased(), value: $0.value) }
        // https://www.rfc-editor.org/rfc/rfc9112#section-3.2; libmicrohttpd itself refuses HTTP/1.1 without one.
        guard headers.count(where: { $0.name == "host" }) < 2 else {
            return ServerResponse.text(400, "more than one Host\n").queue(on: connection)
        }
        // https://www.rfc-editor.org/rfc/rfc9112#section-5.1: what is `Host ` to one is `Host` to another.
        guard !headers.contains(where: { $0.name.last?.isWhitespace ?? true }) else {
            return ServerResponse.text(400, "a blank before a colon\n").queue(on: connection)
        }
        let lengths = headers.filter { $0.name == "content-length" }
        guard !lengths.isEmpty else { return .YES }
        // Where a proxy reads the end of the body differently, the rest would be another request
        // (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
        guard lengths.count == 1, !headers.contains(where: { $0.name == "transfer-encoding" }) else {
            return ServerResponse.text(400, "the length of the body is ambiguous\n").queue(on: connection)
        }
        guard Int(lengths[0].value) ?? .max > limits.bodySize else { return .YES }
        return ServerResponse.text(413, "the body is too large\n").queue(on: connection)
    }

    /// Part of a body: dropped, and refused when it grows too large.
    func received(_ count: Int, of exchange: Exchange) -> MHD_Result {
        exchange.bodySize += count
        return exchange.bodySize > limits.bodySize ? .NO : .YES
    }

    /// The request is complete: asks the handler, which may take its time. Called once more each time that has put it off.
    func answer(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?, _ exchange: Exchange
    ) -> MHD_Result {
        if let pending = exchange.pending {
            connections.handlerGoesOn(cmicrohttpd_socket(connection))
            return settle(pending.answer?() ?? .now(.stopping), connection, exchange)
        }
        let context = tlsContext(of: connection)
        let fault = cmicrohttpd_tls_session(connection).flatMap { context?.clientFault(of: OpaquePointer($0)) }
        let request = ServerRequest(connection, method: method, path: path, clientFault: fault)
        let isCounted = !request.path.hasPrefix(limits.uncountedPaths)
        guard connections.handlerBegins(cmicrohttpd_socket(connection), isCounted: isCounted) else {
            return deliver(.text(503, "Too many requests at a time; try again later.\n"), connection)
        }
        return settle(handler(request), connection, exchange)
    }

    private func settle(_ answer: ServerAnswer, _ connection: OpaquePointer, _ exchange: Exchange) -> MHD_Result {
        switch answer {
        case .now(let response): return deliver(response, connection)
        case .later(let pending):
            exchange.pending = pending
            connections.answerPends(cmicrohttpd_socket(connection))
            return suspended.suspend(connection, for: pending) ? .YES : deliver(.stopping, connection)
        }
    }

    /// A connection that started under another TLS context is closed, so that its client meets the new one.
    private func deliver(_ response: ServerResponse, _ connection: OpaquePointer) -> MHD_Result {
        connections.answerBegins(cmicrohttpd_socket(connection))
        guard let context = tlsContext(of: connection), context !== tls.withLock({ $0 }) else {
            return response.queue(on: connection)
        }
        var last = response
        last.headers.append(("Connection", "close"))
        return last.queue(on: connection)
    }

    /// The response is out, or the connection lost.
    func exchangeEnded(_ connection: OpaquePointer) {
        connections.exchangeEnded(cmicrohttpd_socket(connection))
        exchanges.leave()
    }

    /// Closes overdue connections every second for as long as somebody holds this object.
    func watchDeadlines(on queue: DispatchQueue = .global()) {
        connections.closeOverdue()
        queue.asyncAfter(deadline: .now() + 1) { [weak self] in self?.watchDeadlines(on: queue) }
    }
}

/// One request and its response, kept by libmicrohttpd from the first callback to the completion.
///
/// Not Sendable: a connection is served by one thread at a time.
final class Exchange {
    var bodySize = 0
    /// What the connection waits, or has waited, for.
    var pending: PendingAnswer?
}

/// What `connectionStarted` returned, which the connection keeps alive.
private func tlsContext(of connection: OpaquePointer) -> TLSContext? {
    cmicrohttpd_socket_context(connection).map { Unmanaged<TLSContext>.fromOpaque($0).takeUnretainedValue() }
}

extension ServerResponse {
    fileprivate static var stopping: ServerResponse { .text(503, "The server stops.\n") }
}
