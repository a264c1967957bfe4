internal import Glibc

/// The headers of a request, in the order they came.
///
/// Kept in one piece, of which only what is asked for is made a text: most of what clients send, nobody reads.
package struct RequestHeaders: Sendable {
    private typealias Counts = (name: Int, value: Int)

    /// Of each field how many bytes name and value have, and then these; `append` alone writes them, and `forEach` trusts it.
    private var fields: [UInt8] = []

    init() {}

    package init(_ headers: [(name: String, value: String)]) {
        for header in headers {
            var (name, value) = header
            name.withUTF8 { name in value.withUTF8 { append(name, $0) } }
        }
    }

    /// Empty, with the room there was, unless that is more than the 2 KiB that a scraper needs.
    mutating func reset() {
        fields.removeAll(keepingCapacity: fields.capacity <= 2048)
    }

    mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        withUnsafeBytes(of: Counts(name.count, value.count)) { fields.append(contentsOf: $0) }
        fields.append(contentsOf: name)
        fields.append(contentsOf: value)
    }

    /// The value of a header in any spelling of upper and lower case, with replacement characters for what is not UTF-8. One
    /// that came several times is joined by commas, which means the same: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    package subscript(_ name: String) -> String? {
        var joined: String?
        var wanted = name
        wanted.withUTF8 { wanted in
            forEach { name, value in
                guard isSameName(name, wanted) else { return }
                let text = String(decoding: value, as: UTF8.self)
                joined = joined.map { $0 + ", " + text } ?? text
            }
        }
        return joined
    }

    /// Whether a header came once with this value, to the byte, or where that is nil not at all; makes no text of it.
    package func has(_ value: String?, for name: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var count = 0
        var isSame = true
        forEach { found, bytes in
            guard isSameName(found, wanted) else { return }
            count += 1
            isSame = value.map { isSameText(bytes, $0) } ?? false
        }
        return count == (value == nil ? 0 : 1) && isSame
    }

    /// Calls `body` with each name and value, which are there during the call only.
    func forEach(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        fields.withUnsafeBytes { fields in
            guard var field = fields.baseAddress else { return }
            let end = field + fields.count
            while field < end {
                let counts = field.loadUnaligned(as: Counts.self)
                let name = (field + MemoryLayout<Counts>.size).assumingMemoryBound(to: UInt8.self)
                let value = name + counts.name
                body(
                    UnsafeBufferPointer(start: name, count: counts.name),
                    UnsafeBufferPointer(start: value, count: counts.value))
                field = UnsafeRawPointer(value + counts.value)
            }
        }
    }
}

private func isSameText(_ bytes: UnsafeBufferPointer<UInt8>, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { text in
        guard bytes.count == text.count, let one = bytes.baseAddress, let other = text.baseAddress else {
            return bytes.isEmpty && text.isEmpty
        }
        return memcmp(one, other, text.count) == 0
    }
}

/// Whether two names are the same but for the case of ASCII letters.
func isSameName(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard one.count == other.count, let one = one.baseAddress, let start = other.baseAddress else { return false }
    return UnsafeRawPointer(one).withMemoryRebound(to: CChar.self, capacity: other.count) { one in
        UnsafeRawPointer(start).withMemoryRebound(to: CChar.self, capacity: other.count) {
            strncasecmp(one, $0, other.count) == 0
        }
    }
}
