/// The body of a response, decompressed, followed in memory by 64 zero bytes.
///
/// The padding lets a SIMD parser read whole vectors past the end without a copy
/// (https://github.com/simdjson/simdjson/blob/master/doc/basics.md#requirements).
package struct HTTPBody: Sendable {
    /// How many zero bytes follow the body.
    package static let padding = 64

    /// Bytes of body, without the padding.
    package let count: Int
    let padded: [UInt8]

    /// Copies nothing where it gets the only reference, with room for the padding.
    package init(_ bytes: consuming [UInt8]) {
        count = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Self.padding))
        padded = bytes
    }

    /// Lends the body; the bytes up to `count + padding` past the buffer's start are readable too.
    package func withPaddedBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try padded.span.withUnsafeBytes { (bytes) throws(E) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }
}
