internal import CYAML

/// Why a text is no YAML, without the text itself, which may be secret.
struct SyntaxFault: Error {
    /// From 1; nil where the text could not even be read.
    let line: Int?
    let reason: String
}

/// Makes nodes of what libyaml reads.
final class Composer {
    /// Deeper than anybody would write, and far from the end of the stack.
    private static let mostLevels = 100

    /// Allocated, since libyaml keeps the address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: Node] = [:]

    /// The top of the only document; nil where there is none. Throws what is wrong with the text.
    static func root(of text: String) throws(SyntaxFault) -> Node? {
        var text = text
        let result: Result<Node?, SyntaxFault> = text.withUTF8 { bytes in
            Result { () throws(SyntaxFault) in try bytes.isEmpty ? nil : Composer(bytes).root() }
        }
        return try result.get()
    }

    /// `text` stays where it is as long as this lives.
    private init(_ text: UnsafeBufferPointer<UInt8>) throws(SyntaxFault) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw SyntaxFault(line: nil, reason: "there is no memory to read it")
        }
        // Not before: an initializer that throws once everything is set runs `deinit`.
        self.parser = parser
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private func root() throws(SyntaxFault) -> Node? {
        // The start of the stream, then that of a document.
        _ = try next()
        guard try next().type != YAML_STREAM_END_EVENT else { return nil }
        let root = try node(from: next(), level: 0)
        // The end of the document.
        _ = try next()
        let event = try next()
        guard event.type == YAML_STREAM_END_EVENT else {
            throw SyntaxFault(
                line: event.line, reason: "expected a single document in the stream, but found another document")
        }
        return root
    }

    private func next() throws(SyntaxFault) -> Event {
        let event = Event()
        guard yaml_parser_parse(parser, &event.event) == 1 else { throw fault }
        return event
    }

    private func node(from event: Event, level: Int) throws(SyntaxFault) -> Node {
        guard level < Self.mostLevels else {
            throw SyntaxFault(line: event.line, reason: "lists and mappings are nested too deeply")
        }
        if let name = event.alias {
            // Those of a node within it, too: no node holds itself.
            guard let node = anchors[name] else {
                throw SyntaxFault(line: event.line, reason: "found undefined alias")
            }
            return node
        }
        let node = try newNode(from: event, level: level)
        if let name = event.anchor { anchors[name] = node }
        return node
    }

    private func newNode(from event: Event, level: Int) throws(SyntaxFault) -> Node {
        switch event.type {
        case YAML_SEQUENCE_START_EVENT:
            return .sequence(try nodes(until: YAML_SEQUENCE_END_EVENT, level: level), line: event.line)
        case YAML_MAPPING_START_EVENT:
            let nodes = try nodes(until: YAML_MAPPING_END_EVENT, level: level)
            let pairs = stride(from: 0, to: nodes.count - 1, by: 2).map {
                Node.Pair(key: nodes[$0], value: nodes[$0 + 1])
            }
            try refuseDuplicates(pairs.map(\.key))
            return .mapping(pairs, line: event.line)
        default:
            return event.scalar
        }
    }

    private func nodes(until end: yaml_event_type_t, level: Int) throws(SyntaxFault) -> [Node] {
        var nodes: [Node] = []
        var event = try next()
        while event.type != end {
            nodes.append(try node(from: event, level: level + 1))
            event = try next()
        }
        return nodes
    }

    /// Throws at the first of the keys that are there twice, by name.
    private func refuseDuplicates(_ keys: [Node]) throws(SyntaxFault) {
        let byName = Dictionary(grouping: keys) { $0.scalar }
        let twice = byName.compactMap { name, keys in keys.count > 1 ? name : nil }.sorted()
        guard let first = twice.first else { return }
        throw SyntaxFault(
            line: byName[first]?.first?.line,
            reason: twice.count == 1
                ? "\(name(in: first)) is there twice, here first"
                : "these are there twice: \(twice.map(name).joined(separator: ", "))")
    }

    /// What libyaml has against the text.
    private var fault: SyntaxFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be parsed"
        switch parser.pointee.error {
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            let context = parser.pointee.context.map { String(cString: $0) + ", " } ?? ""
            return SyntaxFault(line: Int(parser.pointee.problem_mark.line) + 1, reason: context + problem)
        default:
            return SyntaxFault(line: nil, reason: problem)
        }
    }
}

/// One step of libyaml's through a document.
private final class Event {
    var event = yaml_event_t()

    deinit {
        yaml_event_delete(&event)
    }

    var type: yaml_event_type_t { event.type }
    /// From 1.
    var line: Int { Int(event.start_mark.line) + 1 }

    var alias: String? { type == YAML_ALIAS_EVENT ? text(event.data.alias.anchor) : nil }

    var anchor: String? {
        switch type {
        case YAML_SCALAR_EVENT: text(event.data.scalar.anchor)
        case YAML_SEQUENCE_START_EVENT: text(event.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT: text(event.data.mapping_start.anchor)
        default: nil
        }
    }

    /// What a scalar says; nothing where it is none.
    var scalar: Node {
        guard type == YAML_SCALAR_EVENT else { return .scalar("", isPlain: true, line: line) }
        let bytes = UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length)
        return .scalar(
            String(decoding: bytes, as: UTF8.self), isPlain: event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
            line: line)
    }

    private func text(_ name: UnsafeMutablePointer<yaml_char_t>?) -> String? { name.map { String(cString: $0) } }
}
