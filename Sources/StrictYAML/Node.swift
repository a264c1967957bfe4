/// A value of a YAML document, and the line it begins at, from 1.
enum Node {
    /// A text as it is written, and whether that is without quotes.
    case scalar(String, isPlain: Bool, line: Int)
    case sequence([Node], line: Int)
    /// In the order of the document.
    case mapping([Pair], line: Int)

    struct Pair {
        let key: Node
        let value: Node

        /// True where it takes in the keys of other mappings: `<<` without quotes (https://yaml.org/type/merge.html).
        var isMerge: Bool {
            guard case .scalar("<<", isPlain: true, _) = key else { return false }
            return true
        }
    }

    var line: Int {
        switch self {
        case .scalar(_, _, let line), .sequence(_, let line), .mapping(_, let line): line
        }
    }

    /// The text of a single value.
    var scalar: String? {
        guard case .scalar(let text, _, _) = self else { return nil }
        return text
    }

    /// The pairs of this mapping, or of each mapping of this list; nil for anything else.
    var mappings: [[Pair]]? {
        switch self {
        case .scalar: return nil
        case .mapping(let pairs, _): return [pairs]
        case .sequence(let nodes, _):
            let mappings = nodes.compactMap { node -> [Pair]? in
                guard case .mapping(let pairs, _) = node else { return nil }
                return pairs
            }
            return mappings.count == nodes.count ? mappings : nil
        }
    }

    /// What it is, in the words of an error.
    var kind: String {
        switch self {
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether nothing is said: the key alone, `~` or `null` (https://yaml.org/type/null.html).
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true, _) = self else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
