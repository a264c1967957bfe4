/// Counts what a peer sends besides the body, and says when it is more than any API has reason to send.
struct ReceivedBytes {
    /// The most bytes of status lines, headers and trailers in all responses of one exchange, interim ones and those of
    /// proxies included. Servers send some hundred; libcurl itself stops at 300 kB, and old versions at no number of
    /// trailers.
    static let mostHeaderBytes = 64 << 10
    /// The most status lines, headers and trailers in the same responses.
    static let mostHeaders = 1000

    private var headerBytes = 0
    private var headers = 0
    /// The codings that the body is said to be in, one around the other.
    private var codings = 0
    /// The bytes its connection had received before this exchange.
    private var before: UInt64?

    /// Counts a line; returns the error to end the exchange with where that is too much.
    mutating func excess(afterHeader line: UnsafeRawBufferPointer) -> HTTPClientError? {
        headerBytes += line.count
        headers += 1
        guard headerBytes <= Self.mostHeaderBytes else {
            return .excessive("headers and trailers of more than \(Self.mostHeaderBytes) bytes")
        }
        guard headers <= Self.mostHeaders else {
            return .excessive("more than \(Self.mostHeaders) headers and trailers")
        }
        codings += compressions(in: line)
        // libcurl undoes up to five codings, whose inner ones may be long and say nothing.
        return codings > 1 ? .excessive("a body that is compressed more than once") : nil
    }

    /// The error to end the exchange with where its connection, which it has to itself, has received more than twice what a
    /// body can have: libcurl skips extensions of chunks, however long, and says nothing of them.
    mutating func excess(onWire received: UInt64, ofBody limit: Int) -> HTTPClientError? {
        guard let before else {
            before = received
            return nil
        }
        let most = UInt64(2 * limit + Self.mostHeaderBytes)
        return received > before + most ? .excessive("more than \(most) bytes around the body") : nil
    }
}

/// The number of codings that a header names for the body; those that change nothing in its bytes do not count.
///
/// libcurl undoes both those of `Content-Encoding` and those of `Transfer-Encoding`, asked for or not.
private func compressions(in line: UnsafeRawBufferPointer) -> Int {
    let text = String(decoding: line, as: UTF8.self)
    let name = text.prefix { $0 != ":" }
    guard ["content-encoding", "transfer-encoding"].contains(name.lowercased()) else { return 0 }
    return text.dropFirst(name.count + 1).lowercased().split { $0 == "," || $0.isWhitespace }
        .count { $0 != "identity" && $0 != "chunked" }
}
