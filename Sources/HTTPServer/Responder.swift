internal import CMicrohttpd
import Dispatch

/// What libmicrohttpd's callbacks work with: the handler, and an account of connections and exchanges.
///
/// Called on libmicrohttpd's threads, several at a time.
final class Responder: Sendable {
    private let handler: @Sendable (ServerRequest) -> ServerResponse
    private let limits: ServerLimits
    let connections: Connections
    /// Holds each exchange from the first sight of its request to the end of its response.
    let exchanges = DispatchGroup()

    init(limits: ServerLimits, handler: @escaping @Sendable (ServerRequest) -> ServerResponse) {
        self.limits = limits
        connections = Connections(limits: limits)
        self.handler = handler
    }

    func connectionStarted(_ connection: OpaquePointer) {
        connections.opened(
            cmicrohttpd_socket(connection), from: ClientAddress(cmicrohttpd_client_address(connection)))
    }

    func connectionClosed(_ connection: OpaquePointer) {
        connections.closed(cmicrohttpd_socket(connection))
    }

    /// The headers of a request are complete. The answer waits for the next call: libmicrohttpd closes the connection
    /// after a response that was queued in this one, which is right only for a body that nobody will read.
    func exchangeBegan(_ connection: OpaquePointer) -> MHD_Result {
        exchanges.enter()
        guard MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length") != nil else { return .YES }
        let headers = values(of: .HEADER_KIND, in: connection).map { (name: $0.name.lowercased(), value: $0.value) }
        let lengths = headers.filter { $0.name == "content-length" }
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

    /// The request is complete: asks the handler, which may take its time.
    func answer(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?
    ) -> MHD_Result {
        let socket = cmicrohttpd_socket(connection)
        let request = ServerRequest(connection, method: method, path: path)
        let isCounted = !request.path.hasPrefix(limits.uncountedPaths)
        let isAdmitted = connections.handlerBegins(socket, isCounted: isCounted)
        let response = isAdmitted ? handler(request) : .text(503, "Too many requests at a time; try again later.\n")
        connections.answerBegins(socket)
        return response.queue(on: connection)
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
}
