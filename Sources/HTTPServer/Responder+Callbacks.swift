internal import CMicrohttpd

// File-scope closures, because one written inside an isolated function would inherit its isolation and trap when
// libmicrohttpd calls it on a thread of its own. Their context is a Responder that `Server` keeps retained until
// the daemon has stopped.

/// Called at least twice for a request: with its headers, for each part of its body, and when it is complete.
let onRequest: MHD_AccessHandlerCallback = { context, handle, path, method, _, _, size, state in
    guard let handle, let size, let state else { return .NO }
    return with(context, handle) { responder, connection in
        guard state.pointee != nil else {
            // Anything but nil says that the exchange has begun; what it is at, the connection has.
            state.pointee = context
            return responder.exchangeBegan(handle, method: method, path: path, on: connection)
        }
        guard size.pointee == 0 else {
            let count = size.pointee
            size.pointee = 0
            return responder.received(count, on: connection)
        }
        return responder.answer(handle, connection)
    } ?? .NO
}

/// Called once for each request that `onRequest` has seen, whatever became of it.
let onCompleted: MHD_RequestCompletedCallback = { context, handle, state, _ in
    guard let handle, state?.pointee != nil else { return }
    state?.pointee = nil
    with(context, handle) { $0.exchangeEnded(on: $1) }
}

/// Called when a connection was accepted, and before its socket is closed.
let onConnection: MHD_NotifyConnectionCallback = { context, handle, kept, event in
    guard let context, let handle, let kept else { return }
    let responder = Unmanaged<Responder>.fromOpaque(context).takeUnretainedValue()
    switch event {
    case .CONNECTION_NOTIFY_STARTED:
        kept.pointee = Unmanaged.passRetained(responder.connectionStarted(handle)).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        // libmicrohttpd has freed the session, of which the connection keeps the context, before it tells that.
        guard let connection = kept.pointee.map({ Unmanaged<Connection>.fromOpaque($0) }) else { return }
        responder.connections.closed(connection.takeRetainedValue())
        kept.pointee = nil
    @unknown default: break
    }
}

/// Calls `body` with the responder, and with what `onConnection` keeps with the connection to its end.
///
/// Both are kept from outside, so they are not retained here, which would be done several times for each request.
private func with<Result>(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer, _ body: (Responder, Connection) -> Result
) -> Result? {
    guard let context, let kept = cmicrohttpd_socket_context(handle) else { return nil }
    return Unmanaged<Responder>.fromOpaque(context)._withUnsafeGuaranteedRef { responder in
        Unmanaged<Connection>.fromOpaque(kept)._withUnsafeGuaranteedRef { body(responder, $0) }
    }
}
