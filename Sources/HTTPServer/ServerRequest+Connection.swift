internal import CMicrohttpd

extension ServerRequest {
    /// Copies a request out of a connection, whose memory libmicrohttpd reuses after the response.
    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?, clientFault: String?
    ) {
        self.init(
            method: method.map { String(cString: $0) } ?? "",
            path: path.map { HTTPServer.path(of: String(cString: $0)) } ?? "",
            queryItems: values(of: .GET_ARGUMENT_KIND, in: connection),
            headers: values(of: .HEADER_KIND, in: connection),
            client: ClientAddress(cmicrohttpd_client_address(connection)), clientFault: clientFault)
    }
}

/// The path of a request target, which may be a whole URL: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
private func path(of target: String) -> String {
    let start = target.prefix(8).lowercased()
    guard let scheme = ["http://", "https://"].first(where: start.hasPrefix) else { return target }
    let path = target.utf8.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") }
    return path.isEmpty ? "/" : String(decoding: path, as: UTF8.self)
}

/// What a connection's request has of a kind, in the order it came.
func values(of kind: MHD_ValueKind, in connection: OpaquePointer) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    _ = withUnsafeMutablePointer(to: &pairs) { MHD_get_connection_values_n(connection, kind, appendPair, $0) }
    return pairs
}

/// Appends one name and value to the array that `context` points to.
private let appendPair: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
    context?.assumingMemoryBound(to: [(name: String, value: String)].self).pointee
        .append((text(name, nameSize), text(value, valueSize)))
    return .YES
}

/// The bytes as UTF-8, with replacement characters where they are none.
private func text(_ start: UnsafePointer<CChar>?, _ size: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size), as: UTF8.self)
}
