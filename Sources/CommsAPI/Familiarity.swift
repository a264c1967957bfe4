import Glibc
import Operations

/// Tells of each operation of one page, before it is parsed, whether it is known to look as it does.
struct Familiarity {
    private let known: FingerprintTable
    /// The ids that have been news: what is listed twice may have changed and changed back.
    private var changed: Set<UInt64> = []
    /// Whether an id could not be told: it may be any, so that from there on nothing is known.
    private var isBlind = false

    init(_ known: FingerprintTable) {
        self.known = known
    }

    /// Judges an operation by its text; its id's hash is nil where the id is not what the text begins with.
    mutating func judge(_ text: UnsafeRawBufferPointer) -> (isKnown: Bool, id: UInt64?) {
        guard let id = leadingID(of: text) else {
            isBlind = true
            return (false, nil)
        }
        let fingerprint = Fingerprint(id: id, text: text)
        let isKnown = !isBlind && known.contains(fingerprint) && !changed.contains(fingerprint.id)
        if !isKnown { changed.insert(fingerprint.id) }
        return (isKnown, fingerprint.id)
    }
}

/// The id in `{"id":"…"`, which is how the API's operations begin: others are parsed to find theirs. Nil also where it has
/// escapes.
private func leadingID(of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var position = 0
    func take(_ expected: StaticString) -> Bool {
        while position < text.count, text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n") {
            position += 1
        }
        let count = expected.utf8CodeUnitCount
        guard let start = text.baseAddress, text.count - position >= count,
            memcmp(start + position, expected.utf8Start, count) == 0
        else { return false }
        position += count
        return true
    }
    guard take("{"), take("\"id\""), take(":"), take("\"") else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: text[position...])
    guard let start = rest.baseAddress, let end = memchr(start, Int32(UInt8(ascii: "\"")), rest.count) else {
        return nil
    }
    let id = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start)
    return memchr(start, Int32(UInt8(ascii: "\\")), id.count) == nil ? id : nil
}
