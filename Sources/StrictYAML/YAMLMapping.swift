/// One mapping of a file, which is asked for each key it may have.
///
/// Every question returns nil where the key is absent, has no value (`key:`), or has a wrong one, which is noted as a
/// fault. What nobody has asked for when the mapping has been read is a fault as well. Scalars are taken as they are
/// written, so `name: 007` and `name: yes` are texts, as in the ecosystem's own readers.
package final class YAMLMapping {
    /// In the order of the file.
    private let pairs: [Node.Pair]
    private let line: Int
    private let path: String
    private let report: FaultReport
    /// In the order they were asked for.
    private var known: [String] = []
    private var refused: Set<String> = []

    init(_ pairs: [Node.Pair], line: Int, path: String, _ report: FaultReport) {
        self.pairs = pairs
        self.line = line
        self.path = path
        self.report = report
    }

    /// What `build` makes of it; then notes what it did not ask for.
    func built<Value>(_ build: (YAMLMapping) -> Value?) -> Value? {
        let value = build(self)
        noteUnknownKeys()
        return value
    }

    /// Whether it has no keys, not even ones that say nothing.
    package var isEmpty: Bool { pairs.isEmpty }

    /// Whether the key is there and says something, right or wrong.
    package func has(_ key: String) -> Bool { node(key) != nil }

    /// True where the key is not there, has no value, or an empty text.
    package func isEmptyOrMissing(_ key: String) -> Bool { node(key).map { $0.scalar?.isEmpty == true } ?? true }

    /// Notes what is wrong with a key that is there, or is missing: then at the line of the mapping.
    package func note(_ key: String, _ message: String) {
        report.note(line: entry(key)?.key.line ?? line, key: path(of: key), message)
    }

    /// Notes a key that is there but must not be, with why; it is not told as one that is known.
    package func refuse(_ key: String, _ message: String) {
        refused.insert(key)
        if entry(key) != nil { note(key, message) }
    }

    /// True where the key is there, be it with a value or without.
    package func names(_ key: String) -> Bool {
        if !known.contains(key) { known.append(key) }
        return entry(key) != nil
    }

    /// A single value that `parse` understands; `expected` names what that is, as in "a whole number from 1 to 9". With
    /// `quoting` false the fault does not repeat the value, which may be secret; it repeats only short ones in any case.
    package func value<Value>(
        _ key: String, _ expected: String, quoting: Bool = true, _ parse: (String) -> Value?
    ) -> Value? {
        node(key).flatMap { parsed($0, key, expected, quoting: quoting, parse) }
    }

    /// A list of single values; nil where any of them is wrong.
    package func values<Value>(_ key: String, _ expected: String, _ parse: (String) -> Value?) -> [Value]? {
        guard let elements = list(key) else { return nil }
        let values = elements.enumerated().compactMap { index, element in
            parsed(element, "\(key)[\(index)]", expected, quoting: true, parse)
        }
        return values.count == elements.count ? values : nil
    }

    /// A mapping that is read by `build`.
    package func mapping<Value>(_ key: String, _ build: (YAMLMapping) -> Value?) -> Value? {
        node(key).flatMap { mapping(at: $0, key) }?.built(build)
    }

    /// A list of mappings; nil where any of them is wrong.
    package func mappings<Value>(_ key: String, _ build: (YAMLMapping) -> Value?) -> [Value]? {
        guard let elements = list(key) else { return nil }
        let values = elements.enumerated().compactMap { mapping(at: $1, "\(key)[\($0)]")?.built(build) }
        return values.count == elements.count ? values : nil
    }

    /// All keys, for mappings whose keys are names of the user's own; afterwards none of them is unknown. A key that is
    /// no single value is noted.
    package func names() -> [String] {
        pairs.compactMap { pair in
            guard let name = pair.key.scalar else {
                report.note(line: pair.key.line, key: path.isEmpty ? nil : path, "has a key that is \(pair.key.kind)")
                return nil
            }
            known.append(name)
            return name
        }
    }

    private func entry(_ key: String) -> Node.Pair? {
        pairs.first { $0.key.scalar == key }
    }

    private func node(_ key: String) -> Node? {
        if !known.contains(key) { known.append(key) }
        return entry(key).flatMap { $0.value.isNull ? nil : $0.value }
    }

    private func list(_ key: String) -> [Node]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let nodes, _) = node else {
            report.note(line: node.line, key: path(of: key), "must be a list, not \(node.kind)")
            return nil
        }
        return nodes
    }

    private func mapping(at node: Node, _ key: String) -> YAMLMapping? {
        guard case .mapping(let pairs, let line) = node else {
            report.note(
                line: node.line, key: path(of: key), "must be a mapping (name: value), not \(node.kind)")
            return nil
        }
        return YAMLMapping(pairs, line: line, path: path(of: key), report)
    }

    private func parsed<Value>(
        _ node: Node, _ key: String, _ expected: String, quoting: Bool, _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = node.scalar else {
            report.note(line: node.line, key: path(of: key), "must be \(expected), not \(node.kind)")
            return nil
        }
        guard let value = parse(text) else {
            let found = quoting ? shown(text).map { ", not \"\($0)\"" } ?? "" : ""
            report.note(line: node.line, key: path(of: key), "must be \(expected)\(found)")
            return nil
        }
        return value
    }

    private func path(of key: String) -> String { path.isEmpty ? name(in: key) : "\(path).\(name(in: key))" }

    private func noteUnknownKeys() {
        for key in pairs.map(\.key) {
            guard let name = key.scalar, known.contains(name) || refused.contains(name) else {
                let name = key.scalar ?? key.kind
                report.note(line: key.line, key: path(of: name), "unknown key\(suggestion)")
                continue
            }
        }
    }

    private var suggestion: String { known.isEmpty ? "" : "; known here: \(known.joined(separator: ", "))" }
}

/// The part of a key that may be shown: without a space after the colon (`user:hash`) YAML takes a secret for part of the
/// key, and where name and hash have changed places the key is the hash, of which this shows nothing. Nor does it show a key
/// as long as a secret.
func name(in key: String) -> String {
    let name = key.prefix { $0 != ":" && $0 != "$" }
    return name.count > 31 ? "…" : oneLine(name)
}

/// A wrong value as an error may repeat it; nil for one that may be a secret in the wrong place, as long texts and all that
/// have an `@` may be.
package func shown(_ value: String) -> String? {
    value.count > 20 || value.contains("@") ? nil : oneLine(value)
}

/// A text from the file, fit for a line of an error: what controls a terminal or shows as nothing is a blank.
private func oneLine(_ text: some StringProtocol) -> String {
    text.unicodeScalars.reduce(into: "") { line, scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: line += " "
        default: line.unicodeScalars.append(scalar)
        }
    }
}
