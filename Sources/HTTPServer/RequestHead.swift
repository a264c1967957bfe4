internal import Glibc

/// What a client sends of a request before its body, in the order it came.
///
/// Kept in one piece, so that it is soon compared with that of the next request, which from a scraper says the same. Of the
/// headers only what is asked for is made a text: most of what clients send, nobody reads.
package struct RequestHead: Equatable, Sendable {
    /// What a part is: a name and a value. Those of method and path have no name.
    enum Kind: Int {
        case method, path, queryItem, header
    }

    /// What each part begins with.
    private struct Sizes: Equatable {
        // Not the kind itself, which would leave bytes between this and the next that say nothing, and yet are compared.
        let kind: Int
        let name: Int
        let value: Int

        init(_ kind: Kind, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
            self.kind = kind.rawValue
            self.name = name.count
            self.value = value.count
        }
    }

    /// Of each part its sizes, and then name and value; only `append` makes parts, and whoever reads them trusts it.
    private var parts: [UInt8] = []

    init() {}

    /// A head as a client might have sent it; each header and item of the query is a part of its own.
    package init(
        method: String, path: String, queryItems: [(name: String, value: String)],
        headers: [(name: String, value: String)]
    ) {
        append(.method, "", method)
        append(.path, "", path)
        for item in queryItems { append(.queryItem, item.name, item.value) }
        for header in headers { append(.header, header.name, header.value) }
    }

    /// In bytes, with 24 for each part.
    var size: Int { parts.count }
    /// Whether it is no larger than a scraper's: anybody may send more, so nobody keeps more.
    var isSmall: Bool { size <= 2048 }

    /// The value of a header in any spelling of upper and lower case, with replacement characters for what is not UTF-8. One
    /// that came several times is joined by commas, which means the same: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    package subscript(_ header: String) -> String? {
        var joined: String?
        var wanted = header
        wanted.withUTF8 { wanted in
            forEach(.header) { name, value in
                guard isSameName(name, wanted) else { return }
                let text = String(decoding: value, as: UTF8.self)
                joined = joined.map { $0 + ", " + text } ?? text
            }
        }
        return joined
    }

    /// The value of the first part of a kind, with replacement characters for what is not UTF-8; "" where there is none.
    func text(_ kind: Kind) -> String {
        var text: String?
        forEach(kind) { if text == nil { text = String(decoding: $1, as: UTF8.self) } }
        return text ?? ""
    }

    /// Calls `body` with the name and value of each part of a kind; they are there during the call only.
    func forEach(
        _ kind: Kind, _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        parts.withUnsafeBytes { parts in
            guard var part = parts.baseAddress else { return }
            let end = part + parts.count
            while part < end {
                let sizes = part.loadUnaligned(as: Sizes.self)
                let name = (part + MemoryLayout<Sizes>.size).assumingMemoryBound(to: UInt8.self)
                let value = name + sizes.name
                if sizes.kind == kind.rawValue {
                    body(
                        UnsafeBufferPointer(start: name, count: sizes.name),
                        UnsafeBufferPointer(start: value, count: sizes.value))
                }
                part = UnsafeRawPointer(value + sizes.value)
            }
        }
    }

    /// Adds a part at the end.
    fileprivate mutating func append(
        _ kind: Kind, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) {
        withUnsafeBytes(of: Sizes(kind, name, value)) { parts.append(contentsOf: $0) }
        parts.append(contentsOf: name)
        parts.append(contentsOf: value)
    }

    private mutating func append(_ kind: Kind, _ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in value.withUTF8 { append(kind, name, $0) } }
    }

    /// The size of the part at `start`, where one begins or all end, if it is this one.
    fileprivate func size(
        at start: Int, of kind: Kind, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        parts.withUnsafeBytes { parts in
            guard start < parts.count, let part = parts.baseAddress.map({ $0 + start }),
                part.loadUnaligned(as: Sizes.self) == Sizes(kind, name, value)
            else { return nil }
            let text = part + MemoryLayout<Sizes>.size
            guard isSame(text, UnsafeRawBufferPointer(name)),
                isSame(text + name.count, UnsafeRawBufferPointer(value))
            else { return nil }
            return MemoryLayout<Sizes>.size + name.count + value.count
        }
    }

    /// The first of its parts, of which the last ends at `end`.
    fileprivate func prefix(_ end: Int) -> RequestHead {
        var head = RequestHead()
        head.parts = Array(parts.prefix(end))
        return head
    }
}

/// Reads a head part by part, and copies nothing as long as it is the same as another.
struct RequestHeadReader {
    private let last: RequestHead
    /// How much of that has been found again, in whole parts.
    private var end = 0
    /// What has been read, where it differs.
    private var new: RequestHead?

    /// `last` is what it is compared with.
    init(after last: RequestHead) {
        self.last = last
    }

    /// What has been read; nil where it is the same to the byte.
    var difference: RequestHead? { new ?? (end == last.size ? nil : last.prefix(end)) }

    /// Takes the next part, in the order of their kinds.
    mutating func read(
        _ kind: RequestHead.Kind, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) {
        if new == nil, let size = last.size(at: end, of: kind, name, value) {
            end += size
        } else {
            if new == nil { new = last.prefix(end) }
            new?.append(kind, name, value)
        }
    }
}

/// Whether what is at `start`, of which there is enough, begins with these bytes.
private func isSame(_ start: UnsafeRawPointer?, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start, let other = bytes.baseAddress else { return bytes.isEmpty }
    return memcmp(start, other, bytes.count) == 0
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
