internal import CMicrohttpd

extension ServerResponse {
    /// Hands the response to libmicrohttpd, which copies it; `.NO` closes the connection.
    func queue(on connection: OpaquePointer) -> MHD_Result {
        // The pointer is only read: RESPMEM_MUST_COPY copies before the call returns.
        let response = body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response, (200...599).contains(status) else { return .NO }
        defer { MHD_destroy_response(response) }
        for header in headers { MHD_add_response_header(response, header.name, header.value) }
        return MHD_queue_response(connection, UInt32(status), response)
    }
}
