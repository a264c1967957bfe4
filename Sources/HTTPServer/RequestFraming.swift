/// What of a request's headers says whose it is and where it ends.
struct RequestFraming {
    private var hosts = 0
    private var hasBlankBeforeColon = false
    private var lengths = 0
    private var bodySize = 0
    private var isChunked = false

    init(_ head: RequestHead) {
        head.forEach(.header) { note($0, $1) }
    }

    /// Why the request is refused before its body is read; nil if it is not.
    func refusal(bodyLimit: Int) -> ServerResponse? {
        // https://www.rfc-editor.org/rfc/rfc9112#section-3.2; libmicrohttpd itself refuses HTTP/1.1 without one.
        guard hosts < 2 else { return .text(400, "more than one Host\n") }
        // https://www.rfc-editor.org/rfc/rfc9112#section-5.1: what is `Host ` to one is `Host` to another.
        guard !hasBlankBeforeColon else { return .text(400, "a blank before a colon\n") }
        guard lengths > 0 else { return nil }
        // Where a proxy reads the end of the body differently, the rest would be another request
        // (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
        guard lengths == 1, !isChunked else { return .text(400, "the length of the body is ambiguous\n") }
        return bodySize > bodyLimit ? .text(413, "the body is too large\n") : nil
    }

    private mutating func note(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // What other alphabets have of blanks is nothing that a name may have, either.
        if name.last.map({ $0 <= 0x20 || $0 >= 0x7f }) ?? true { hasBlankBeforeColon = true }
        if isSameName(name, bytes("host")) { hosts += 1 }
        if isSameName(name, bytes("transfer-encoding")) { isChunked = true }
        if isSameName(name, bytes("content-length")) {
            lengths += 1
            bodySize = Int(String(decoding: value, as: UTF8.self)) ?? .max
        }
    }
}

private func bytes(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}
