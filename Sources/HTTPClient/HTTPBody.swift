/// The body of a response, decompressed, followed in memory by 64 zero bytes.
///
/// The padding lets a SIMD parser read whole vectors past the end without a copy
/// (https://github.com/simdjson/simdjson/blob/master/doc/basics.md#requirements).
package struct HTTPBody: Sendable {
    /// How many zero bytes follow the body.
    package static let padding = 64

    /// Bytes of body, without the padding.
    package let count: Int
    /// Nobody else has a reference to it, so nothing changes it.
    private let buffer: BodyBuffer

    /// The room the body takes, padding included.
    var capacity: Int { buffer.capacity }

    /// Copies the bytes.
    package init(_ bytes: [UInt8]) {
        self.init(bytes.withUnsafeBytes { BodyBuffer($0) })
    }

    /// Takes the only reference.
    init(_ buffer: consuming BodyBuffer) {
        count = buffer.count
        buffer.pad()
        self.buffer = buffer
    }

    /// Lends the body; the bytes up to `count + padding` past the buffer's start are readable too.
    package func withPaddedBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: buffer.bytes, count: count))
    }
}
