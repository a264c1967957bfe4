internal import CXXHash

/// What tells whether the API says of an operation what it said last: 64 bits of its id, and 64 of the text that it is in the
/// list, to the letter.
///
/// Keyed by the process, so that who does not know the key cannot aim for two texts that look alike; worth nothing outside of
/// it.
package struct Fingerprint: Equatable, Sendable {
    /// Never 0, which the table keeps for empty slots. Some of the last bits are of the beginning of the id alone, which is its
    /// time: they are the same for what was created together, and is listed together.
    package let id: UInt64
    package let text: UInt64

    /// Of an operation of that id, in UTF-8, which was told of by that text.
    package init(id: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) {
        self.id = Self.hash(ofID: id)
        self.text = Self.hash(text)
    }

    /// What `id` is for an operation of this id.
    package static func hash(ofID id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { hash(ofID: UnsafeRawBufferPointer($0)) }
    }

    private static func hash(ofID id: UnsafeRawBufferPointer) -> UInt64 {
        let place = hash(UnsafeRawBufferPointer(rebasing: id.prefix(timeLength)))
        return max(1, hash(id) & ~placeBits | place & placeBits)
    }

    /// `comms_operation_` and as much of the 26 digits after it as is the same for a quarter of an hour; of ids of another
    /// kind, any other part does as well, only slower.
    private static let timeLength = 22
    /// Of the last eight bits all but two, so that one busy quarter of an hour is in four parts of the table.
    private static let placeBits: UInt64 = 0xFC

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        key.withUnsafeBytes { key in
            // 192 bytes, of which no one is without an address.
            key.baseAddress.map { cxxhash_of(bytes.baseAddress, bytes.count, $0) } ?? 0
        }
    }

    private static let key = (0..<CXXHASH_KEY_SIZE).map { _ in UInt8.random(in: .min ... .max) }
}
