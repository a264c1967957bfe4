internal import CMicrohttpd
internal import Glibc

extension RequestHead {
    /// The head of a request, copied out of a connection, whose memory libmicrohttpd reuses after the response. Nil where it
    /// says the same as the last one.
    static func read(
        from connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?,
        after last: RequestHead
    ) -> RequestHead? {
        var reader = RequestHeadReader(after: last)
        reader.read(.method, bytes(nil, 0), bytes(method, method.map { strlen($0) } ?? 0))
        reader.read(.path, bytes(nil, 0), bytes(path, path.map { strlen($0) } ?? 0))
        _ = withUnsafeMutablePointer(to: &reader) {
            MHD_get_connection_values_n(connection, .GET_ARGUMENT_KIND, readPart, $0)
                + MHD_get_connection_values_n(connection, .HEADER_KIND, readPart, $0)
        }
        return reader.difference
    }
}

/// Has the reader that `context` points to read one header or item of the query.
private let readPart: MHD_KeyValueIteratorN = { context, kind, name, nameSize, value, valueSize in
    context?.assumingMemoryBound(to: RequestHeadReader.self).pointee
        .read(kind == .HEADER_KIND ? .header : .queryItem, bytes(name, nameSize), bytes(value, valueSize))
    return .YES
}

private func bytes(_ start: UnsafePointer<CChar>?, _ size: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size).assumingMemoryBound(to: UInt8.self)
}
