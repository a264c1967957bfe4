internal import Glibc

/// What a client sends of a request before its body, in the order it came.
///
/// Kept in one piece, so that one comparison tells whether a request says the same as another, as scrapers' do. Of the
/// headers only what is asked for is made a text: most of what clients send, nobody reads.
package struct RequestHead: Sendable {
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

    /// Of each part its sizes, and then name and value; `append` alone writes them, and `forEach` trusts it.
    private var parts: [UInt8] = []

    init() {}

    package init(
        method: String, path: String, queryItems: [(name: String, value: String)],
        headers: [(name: String, value: String)]
    ) {
        append(.method, "", method)
        append(.path, "", path)
        for item in queryItems { append(.queryItem, item.name, item.value) }
        for header in headers { append(.header, header.name, header.value) }
    }

    /// In bytes, with some for each part.
    var size: Int { parts.count }
    /// Whether it is no larger than a scraper's: anybody may send more, so nobody keeps more.
    package var isSmall: Bool { size <= 2048 }

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

    /// For `RequestHeadReader`, as what follows.
    mutating func append(
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

    /// The size of the part that begins at `start`, if it is this one.
    func size(
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

    /// The first of its parts, which end at `end`.
    func prefix(_ end: Int) -> RequestHead {
        var head = RequestHead()
        head.parts = Array(parts.prefix(end))
        return head
    }
}

extension RequestHead: Equatable {
    /// To the byte.
    package static func == (one: RequestHead, other: RequestHead) -> Bool {
        one.parts.count == other.parts.count
            && one.parts.withUnsafeBytes { one in
                other.parts.withUnsafeBytes { isSame(one.baseAddress, $0) }
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
