internal import CMicrohttpd
internal import Locking

/// A response as libmicrohttpd sends it: made when it is first sent, then shared by all who are sent the same; safe to use
/// from any thread.
final class PreparedResponse: Sendable {
    /// The handle as a number, since pointers are not Sendable; nil until it is made, and without memory for it.
    private let handle = Locked<UInt?>(nil)

    deinit {
        // Transfers under way have references of their own: the last one frees it.
        handle.withLock { $0 }.flatMap { OpaquePointer(bitPattern: $0) }.map(MHD_destroy_response)
    }

    /// Sends what `make` has made, now or at an earlier call.
    func queue(on connection: OpaquePointer, status: Int, make: () -> OpaquePointer?) -> MHD_Result {
        let response = handle.withLock { handle in
            if handle == nil { handle = make().map { UInt(bitPattern: $0) } }
            return handle.flatMap { OpaquePointer(bitPattern: $0) }
        }
        guard let response, (200...599).contains(status) else { return .NO }
        return withExtendedLifetime(self) { MHD_queue_response(connection, UInt32(status), response) }
    }
}

extension ServerResponse {
    /// Hands the response to libmicrohttpd; `.NO` closes the connection.
    func queue(on connection: OpaquePointer) -> MHD_Result {
        prepared.queue(on: connection, status: status, make: make)
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
