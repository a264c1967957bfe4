internal import CMicrohttpd
internal import Glibc

extension RequestHead {
    /// Copies the head of a request out of a connection, whose memory libmicrohttpd reuses after the response. Nil where it is
    /// the same as `last`.
    init?(
        of connection: OpaquePointer, method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?,
        unless last: RequestHead
    ) {
        var reader = RequestHeadReader(besides: last)
        reader.read(.method, bytes(nil, 0), bytes(method, method.map { strlen($0) } ?? 0))
        reader.read(.path, bytes(nil, 0), bytes(path, path.map { strlen($0) } ?? 0))
        _ = withUnsafeMutablePointer(to: &reader) {
            MHD_get_connection_values_n(connection, .GET_ARGUMENT_KIND, readPart, $0)
                + MHD_get_connection_values_n(connection, .HEADER_KIND, readPart, $0)
        }
        guard let head = reader.difference else { return nil }
        self = head
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
