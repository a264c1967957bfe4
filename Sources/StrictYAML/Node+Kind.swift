internal import Yams

extension Node {
    /// Where it begins, from 1.
    var line: Int { mark?.line ?? 1 }

    /// What it is, in the words of an error.
    var kind: String {
        switch self {
        case .scalar: "a single value"
        case .mapping: "a mapping"
        case .sequence, .alias: "a list"
        }
    }

    /// Whether nothing is said: the key alone, `~` or `null` (https://yaml.org/type/null.html).
    var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
