internal import CMicrohttpd
internal import Locking

/// What libmicrohttpd's callbacks work with: the handler, and the connections.
///
/// Called on libmicrohttpd's threads: of each address one, or what `ServerLimits.threads` says.
final class Responder: Sendable {
    private let handler: @Sendable (ServerRequest) -> ServerAnswer
    private let limits: ServerLimits
    let connections: Connections
    private let suspended = SuspendedConnections()
    /// What connections start with; nil without TLS.
    private let tls: Locked<TLSContext?>

    init(
        limits: ServerLimits, tls: TLSContext?, handler: @escaping @Sendable (ServerRequest) -> ServerAnswer
    ) {
        self.limits = limits
        self.tls = Locked(tls)
        connections = Connections(limits: limits)
        self.handler = handler
    }

    deinit {
        connections.stop()
    }

    /// Whether connections are TLS; never changes.
    var usesTLS: Bool { tls.withLock { $0 != nil } }

    /// From now on, connections start with another context.
    func use(_ context: TLSContext) {
        tls.withLock { tls in if tls != nil { tls = context } }
    }

    /// Returns what is to be kept with the connection to its end. Its handshake has not begun.
    func connectionStarted(_ connection: OpaquePointer) -> Connection {
        let session = cmicrohttpd_tls_session(connection)
        let context = session == nil ? nil : tls.withLock { $0 }
        if let session { context?.apply(to: OpaquePointer(session)) }
        return connections.opened(
            cmicrohttpd_socket(connection), from: ClientAddress(cmicrohttpd_client_address(connection)), tls: context)
    }

    /// Lets no request wait for an answer any longer.
    func stopWaiting() {
        suspended.stop()
    }

    /// The head of a request is complete. The answer waits for the next call: libmicrohttpd closes the connection
    /// after a response that was queued in this one, which is right only for a body that nobody will read.
    func exchangeBegan(
        _ handle: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?, on connection: Connection
    ) -> MHD_Result {
        if let head = RequestHead.read(from: handle, method: method, path: path, after: connection.request.head) {
            connection.take(head, bodyLimit: limits.bodySize)
        }
        guard let refusal = connection.refusal else { return .YES }
        connections.answerBegins(connection)
        return refusal.queue(on: handle)
    }

    /// Part of a body: dropped, and refused when it grows too large.
    func received(_ count: Int, on connection: Connection) -> MHD_Result {
        connection.exchange.bodySize += count
        return connection.exchange.bodySize > limits.bodySize ? .NO : .YES
    }

    /// The request is complete: asks the handler, which may take its time. Called once more each time that has put it off.
    func answer(_ handle: OpaquePointer, _ connection: Connection) -> MHD_Result {
        if let pending = connection.exchange.pending {
            connections.handlerGoesOn(connection)
            return settle(pending.answer?() ?? .now(.stopping), handle, connection)
        }
        connection.judgeClient(in: cmicrohttpd_tls_session(handle).map { OpaquePointer($0) })
        let request = connection.request
        let isCounted = !request.path.hasPrefix(limits.uncountedPaths)
        guard connections.handlerBegins(connection, isCounted: isCounted) else {
            return deliver(.text(503, "Too many requests at a time; try again later.\n"), handle, connection)
        }
        return settle(handler(request), handle, connection)
    }

    private func settle(_ answer: ServerAnswer, _ handle: OpaquePointer, _ connection: Connection) -> MHD_Result {
        switch answer {
        case .now(let response): return deliver(response, handle, connection)
        case .later(let pending):
            // What is there already suspends nobody.
            if let answer = pending.answer { return settle(answer(), handle, connection) }
            precondition(limits.threads.canSuspend, "an answer was put off where each connection has a thread")
            connection.exchange.pending = pending
            connections.answerPends(connection)
            return suspended.suspend(handle, for: pending) ? .YES : deliver(.stopping, handle, connection)
        }
    }

    /// A connection that started under another TLS context is closed, so that its client meets the new one.
    private func deliver(_ response: ServerResponse, _ handle: OpaquePointer, _ connection: Connection) -> MHD_Result {
        connections.answerBegins(connection)
        guard let context = connection.tls, context !== tls.withLock({ $0 }) else { return response.queue(on: handle) }
        return response.changed(headers: response.headers + [("Connection", "close")]).queue(on: handle)
    }

    /// The response is out, or the connection lost.
    func exchangeEnded(on connection: Connection) {
        connection.forgetExchange()
        connections.exchangeEnded(connection)
    }
}

extension ServerResponse {
    fileprivate static var stopping: ServerResponse { .text(503, "The server stops.\n") }
}
