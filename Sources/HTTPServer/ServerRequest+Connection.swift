internal import CMicrohttpd

extension ServerRequest {
    /// Copies a request out of a connection, whose memory libmicrohttpd reuses after the response.
    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?, clientFault: String?
    ) {
        self.init(
            method: method.map { String(cString: $0) } ?? "",
            path: Self.originForm(path.map { String(cString: $0) } ?? ""),
            queryItems: values(of: .GET_ARGUMENT_KIND, in: connection),
            headers: values(of: .HEADER_KIND, in: connection),
            client: ClientAddress(cmicrohttpd_client_address(connection)), clientFault: clientFault)
    }
}

extension ServerRequest {
    /// The path of a target that names the server, too, as clients may write it that take a server for a proxy
    /// (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2); any other target as it is. Percent-encoding is undone already.
    static func originForm(_ target: String) -> String {
        let beginning = target.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: beginning.hasPrefix) else { return target }
        let rest = target.dropFirst(scheme.count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }
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
