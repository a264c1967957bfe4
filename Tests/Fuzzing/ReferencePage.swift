import CommsAPI
import Operations

/// What the product promises to make of a document, written once more from its documentation: the contract's "Bad input"
/// and the comments of `InvalidReason`.
struct ReferencePage {
    private(set) var operations: [Operation] = []
    private(set) var invalid: [InvalidReason: Int] = [:]
    private(set) var nextToken: PageToken?

    var page: Page { Page(operations: operations, invalid: invalid, nextToken: nextToken) }

    /// A page of a list; nil where there is none to be had.
    init?(list bytes: [UInt8]) {
        guard let root = JSONReader.read(bytes), case .object = root, root.depth <= 64 else { return nil }
        let lists = root.all("operations")
        for list in lists {
            if case .null = list { continue }
            guard case .array(let elements) = list, elements.count <= 10_000 else { return nil }
        }
        // An empty list may be null, or missing beside `pagination`.
        guard !lists.isEmpty || !root.all("pagination").isEmpty, setToken(root["pagination"]) else { return nil }
        guard case .array(let elements) = lists.last else { return }
        for element in elements { add(element) }
    }

    /// An operation alone.
    init?(operation bytes: [UInt8], id: String) {
        guard let root = JSONReader.read(bytes), case .object = root, root.depth <= 62,
            root["id"]?.text == Array(id.utf8)
        else { return nil }
        add(root)
    }

    /// False where it cannot be known how the list goes on.
    private mutating func setToken(_ pagination: JSONValue?) -> Bool {
        switch pagination {
        case nil, .null: return true
        case .object: break
        default: return false
        }
        // The end of a list may be its own token.
        if let own = pagination?["self"]?.text, own == pagination?["next"]?.text { return true }
        switch pagination?["next"] {
        case nil, .null: return true
        case .text(let text):
            guard let bytes = text.unescaped, bytes.count <= 4096 else { return false }
            if let token = token(in: bytes) {
                nextToken = PageToken(token)
                return true
            }
            guard !bytes.starts(with: "https://".utf8), !bytes.starts(with: "http://".utf8) else { return false }
            nextToken = bytes.isEmpty ? nil : PageToken(String(decoding: bytes, as: UTF8.self))
            return true
        default: return false
        }
    }

    private mutating func add(_ element: JSONValue) {
        guard case .object = element else { return count(.notAnObject) }
        guard let id = element["id"]?.text, 1...128 ~= id.count, id.allSatisfy(isOfIdentifier) else {
            return count(.id)
        }
        guard let createdAt = time(element["createdAt"]) else { return count(.createdAt) }
        let updatedAt = time(element["updatedAt"])
        if updatedAt == nil { count(.updatedAt) }
        let status = status(element["status"])
        if status == .unknown { count(.status) }
        let stats = stats(element["stats"])
        if !stats.areSound { count(.stats) }
        operations.append(
            Operation(
                id: String(decoding: id, as: UTF8.self), status: status, stats: stats.stats, createdAt: createdAt,
                updatedAt: updatedAt))
    }

    private mutating func count(_ reason: InvalidReason) {
        invalid[reason, default: 0] += 1
    }
}

private func isOfIdentifier(_ byte: UInt8) -> Bool {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8.contains(byte)
}

private func time(_ value: JSONValue?) -> Timestamp? {
    value?.text.flatMap { String(validating: $0, as: UTF8.self) }.flatMap { Timestamp(listed: $0) }
}

private func status(_ value: JSONValue?) -> OperationStatus {
    switch value?.text.map({ String(decoding: $0, as: UTF8.self).lowercased() }) {
    case "scheduled": .scheduled
    case "processing": .processing
    case "completed": .completed
    case "canceled": .canceled
    default: .unknown
    }
}

private func stats(_ value: JSONValue?) -> (stats: Stats, areSound: Bool) {
    guard case .object = value else { return (Stats(), false) }
    var counts = InlineArray<12, Int64>(repeating: 0)
    var reported: UInt16 = 0
    var unreadable: UInt16 = 0
    for stat in Stat.allCases {
        guard let name = Resource.messages.name(of: stat), let member = value?[name] else { continue }
        let count = count(member)
        counts[stat.rawValue] = count ?? 0
        if count == nil { unreadable |= 1 << stat.rawValue } else { reported |= 1 << stat.rawValue }
    }
    return (Stats(counts, reported: reported, unreadable: unreadable), unreadable == 0)
}

/// An integer from 0 to 2^53, however it is spelled.
private func count(_ value: JSONValue) -> Int64? {
    guard case .other(let token) = value, let first = token.first, "-0123456789".utf8.contains(first) else {
        return nil
    }
    let parts = String(decoding: token, as: UTF8.self).lowercased().split(separator: "e")
    let sides = parts[0].drop { $0 == "-" }.split(separator: ".")
    let fraction = sides.dropFirst().first ?? ""
    var digits = (sides[0] + fraction).drop { $0 == "0" }
    guard !digits.isEmpty else { return 0 }
    guard first != UInt8(ascii: "-"), let exponent = parts.count == 2 ? Int(parts[1]) : 0, abs(exponent) < 10_000 else {
        return nil
    }
    var power = exponent - fraction.count
    while digits.last == "0" {
        digits.removeLast()
        power += 1
    }
    guard 0...16 ~= power, let count = Int64(digits + String(repeating: "0", count: power)) else { return nil }
    return count <= 9_007_199_254_740_992 ? count : nil
}

/// The value of the first parameter named `pageToken`, in any spelling, of the query of a URL or a path, or of a text that
/// begins with it.
private func token(in next: [UInt8]) -> String? {
    let whole = next.prefix { $0 != UInt8(ascii: "#") }
    let isNamed = { (parameter: ArraySlice<UInt8>) in
        guard let end = parameter.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let letters = parameter[..<end].filter { !"_-".utf8.contains($0) }.map { 65...90 ~= $0 ? $0 + 32 : $0 }
        return letters == Array("pagetoken".utf8)
    }
    let mark = whole.firstIndex(of: UInt8(ascii: "?"))
    let query = mark.map { whole[($0 + 1)...] } ?? whole
    guard mark != nil || isNamed(whole) else { return nil }
    guard let parameter = query.split(separator: UInt8(ascii: "&")).first(where: isNamed) else { return nil }
    var token: [UInt8] = []
    var rest = parameter.drop { $0 != UInt8(ascii: "=") }.dropFirst()
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            token.append(byte)
            continue
        }
        let digits = rest.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }),
            let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        token.append(decoded)
        rest.removeFirst(2)
    }
    return token.isEmpty ? nil : String(validating: token, as: UTF8.self)
}
