internal import CMicrohttpd

// File-scope closures, because one written inside an isolated function would inherit its isolation and trap when
// libmicrohttpd calls it on a thread of its own. Their context is a Responder that `Server` keeps retained until
// the daemon has stopped.

/// Called at least twice for a request: with its headers, for each part of its body, and when it is complete.
let onRequest: MHD_AccessHandlerCallback = { context, connection, path, method, _, _, size, state in
    guard let responder = responder(context), let connection, let size, let state else { return .NO }
    guard let exchange = state.pointee else {
        state.pointee = Unmanaged.passRetained(Exchange()).toOpaque()
        return responder.exchangeBegan(connection)
    }
    let known = Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue()
    guard size.pointee == 0 else {
        let count = size.pointee
        size.pointee = 0
        return responder.received(count, of: known)
    }
    return responder.answer(connection, method: method, path: path, known)
}

/// Called once for each request that `onRequest` has seen, whatever became of it.
let onCompleted: MHD_RequestCompletedCallback = { context, connection, state, _ in
    guard let responder = responder(context), let connection, let exchange = state?.pointee else { return }
    Unmanaged<Exchange>.fromOpaque(exchange).release()
    state?.pointee = nil
    responder.exchangeEnded(connection)
}

/// Called when a connection was accepted, and before its socket is closed.
let onConnection: MHD_NotifyConnectionCallback = { context, connection, kept, event in
    guard let responder = responder(context), let connection else { return }
    switch event {
    case .CONNECTION_NOTIFY_STARTED:
        kept?.pointee = responder.connectionStarted(connection).map { Unmanaged.passRetained($0).toOpaque() }
    case .CONNECTION_NOTIFY_CLOSED:
        responder.connectionClosed(connection)
        // libmicrohttpd has freed the session before it tells that the connection is closed.
        kept?.pointee.map { Unmanaged<TLSContext>.fromOpaque($0).release() }
        kept?.pointee = nil
    @unknown default: break
    }
}

private func responder(_ context: UnsafeMutableRawPointer?) -> Responder? {
    context.map { Unmanaged<Responder>.fromOpaque($0).takeUnretainedValue() }
}
