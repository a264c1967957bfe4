internal import CMicrohttpd
internal import Synchronization

extension ServerResponse {
    /// Hands the response to libmicrohttpd, which shares what it makes of it among all who are sent the same; `.NO` closes
    /// the connection.
    func queue(on connection: OpaquePointer) -> MHD_Result {
        guard (200...599).contains(status), let response = prepared() else { return .NO }
        return withExtendedLifetime(self) { MHD_queue_response(connection, UInt32(status), response) }
    }

    /// Lets go of what libmicrohttpd has of it; for `deinit`. Transfers under way have references of their own: the last one
    /// frees it.
    func destroyHandle() {
        OpaquePointer(bitPattern: handle.exchange(0, ordering: .acquiring)).map(MHD_destroy_response)
    }

    /// What was made at an earlier call, or is made now; nil without memory for it.
    private func prepared() -> OpaquePointer? {
        if let kept = OpaquePointer(bitPattern: handle.load(ordering: .acquiring)) { return kept }
        guard let made = make() else { return nil }
        let (isFirst, kept) = handle.compareExchange(
            expected: 0, desired: UInt(bitPattern: made), ordering: .acquiringAndReleasing)
        if isFirst { return made }
        MHD_destroy_response(made)
        return OpaquePointer(bitPattern: kept)
    }

    private func make() -> OpaquePointer? {
        // The pointer is only read: RESPMEM_MUST_COPY copies before the call returns.
        let response = body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response else { return nil }
        for header in headers { MHD_add_response_header(response, header.name, header.value) }
        return response
    }
}
