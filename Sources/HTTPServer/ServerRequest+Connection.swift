internal import CMicrohttpd

extension ServerRequest {
    /// Copies a request out of a connection, whose memory libmicrohttpd reuses after the response.
    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?,
        headers: RequestHeaders, client: ClientAddress, clientFault: String?
    ) {
        self.init(
            method: method.map { String(cString: $0) } ?? "",
            path: Self.originForm(path.map { String(cString: $0) } ?? ""),
            queryItems: items(ofQueryOf: connection), headers: headers, client: client,
            clientFault: clientFault)
    }

    /// The path of a target that names the server, too, as clients may write it that take a server for a proxy
    /// (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2); any other target as it is. Percent-encoding is undone already.
    static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        let beginning = target.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: beginning.hasPrefix) else { return target }
        let rest = target.dropFirst(scheme.count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }
}

extension RequestHeaders {
    /// Copies them out of a connection, in place of what there was.
    mutating func read(from connection: OpaquePointer) {
        reset()
        _ = withUnsafeMutablePointer(to: &self) {
            MHD_get_connection_values_n(connection, .HEADER_KIND, appendHeader, $0)
        }
    }
}

/// Appends to the headers that `context` points to.
private let appendHeader: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
    context?.assumingMemoryBound(to: RequestHeaders.self).pointee.append(bytes(name, nameSize), bytes(value, valueSize))
    return .YES
}

private func items(ofQueryOf connection: OpaquePointer) -> [(name: String, value: String)] {
    var items: [(name: String, value: String)] = []
    _ = withUnsafeMutablePointer(to: &items) {
        MHD_get_connection_values_n(connection, .GET_ARGUMENT_KIND, appendItem, $0)
    }
    return items
}

/// Appends one name and value to the array that `context` points to, with replacement characters for what is not UTF-8.
private let appendItem: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
    context?.assumingMemoryBound(to: [(name: String, value: String)].self).pointee
        .append(
            (
                String(decoding: bytes(name, nameSize), as: UTF8.self),
                String(decoding: bytes(value, valueSize), as: UTF8.self)
            ))
    return .YES
}

private func bytes(_ start: UnsafePointer<CChar>?, _ size: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size).assumingMemoryBound(to: UInt8.self)
}
