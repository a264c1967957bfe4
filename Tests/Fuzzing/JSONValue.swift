/// A JSON value as it is written: members in their order and as often as they come, numbers and texts undecoded.
indirect enum JSONValue {
    case object([(name: JSONText, value: JSONValue)])
    case array([JSONValue])
    case text(JSONText)
    case null
    /// A number, `true` or `false`, by its bytes.
    case other([UInt8])

    /// The value of the last member of this name; nil where there is none, or this is no object.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name.unescaped == Array(name.utf8) }?.value
    }

    /// Every value of a member of this name.
    func all(_ name: String) -> [JSONValue] {
        guard case .object(let members) = self else { return [] }
        return members.filter { $0.name.unescaped == Array(name.utf8) }.map(\.value)
    }

    /// The bytes of a text that can be read; nil for anything else.
    var text: [UInt8]? {
        guard case .text(let text) = self else { return nil }
        return text.unescaped
    }

    /// How many levels of values lie in and with this one.
    var depth: Int {
        switch self {
        case .object(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        default: 1
        }
    }
}
