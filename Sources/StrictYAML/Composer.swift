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
    /// The most that all aliases of a text may stand for: each can repeat what is itself full of aliases.
    private static let mostExpanded = Extent(nodes: 100_000, bytes: 4 << 20)

    /// Allocated, since libyaml keeps the address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: Composed] = [:]
    /// The room of all that the aliases read so far stand for.
    private var expanded = Extent(nodes: 0)

    /// The top of the only document; nil where there is none. Throws what is wrong with the text.
    static func root(of text: String) throws(SyntaxFault) -> Node? {
        var text = text
        // A byte order mark, which libyaml would take for a column of the first line.
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
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
        let root = try composed(from: next(), level: 0).node
        // The end of the document.
        _ = try next()
        try skipEmptyDocuments()
        return root
    }

    /// Reads to the end of the text, where there may be documents that say nothing: a `---` that closes the file begins one.
    private func skipEmptyDocuments() throws(SyntaxFault) {
        var event = try next()
        while event.type != YAML_STREAM_END_EVENT {
            guard try composed(from: next(), level: 0).node.isNull else {
                throw SyntaxFault(
                    line: event.line, reason: "expected a single document in the stream, but found another document")
            }
            // The end of the document.
            _ = try next()
            event = try next()
        }
    }

    private func next() throws(SyntaxFault) -> Event {
        let event = Event()
        guard yaml_parser_parse(parser, &event.event) == 1 else { throw fault }
        return event
    }

    private func composed(from event: Event, level: Int) throws(SyntaxFault) -> Composed {
        guard level < Self.mostLevels else { throw Self.tooDeep(event) }
        if let name = event.alias { return try expansion(of: name, event, level: level) }
        let composed = try newNode(from: event, level: level)
        if let name = event.anchor { anchors[name] = composed }
        return composed
    }

    private static func tooDeep(_ event: Event) -> SyntaxFault {
        SyntaxFault(line: event.line, reason: "lists and mappings are nested too deeply")
    }

    /// The node that an alias stands for. No node holds itself: an anchor is known only once its node has been read.
    private func expansion(of name: String, _ event: Event, level: Int) throws(SyntaxFault) -> Composed {
        guard let composed = anchors[name] else {
            throw SyntaxFault(line: event.line, reason: "found undefined alias")
        }
        guard level + composed.extent.levels <= Self.mostLevels else { throw Self.tooDeep(event) }
        expanded.add(composed.extent)
        guard expanded.nodes <= Self.mostExpanded.nodes, expanded.bytes <= Self.mostExpanded.bytes else {
            throw SyntaxFault(
                line: event.line, reason: "aliases (*name) stand for too much in all; write out some of it, and less")
        }
        return composed
    }

    private func newNode(from event: Event, level: Int) throws(SyntaxFault) -> Composed {
        switch event.type {
        case YAML_SEQUENCE_START_EVENT:
            let (nodes, extent) = try nodes(until: YAML_SEQUENCE_END_EVENT, level: level)
            return Composed(node: .sequence(nodes, line: event.line), extent: extent)
        case YAML_MAPPING_START_EVENT:
            let (nodes, extent) = try nodes(until: YAML_MAPPING_END_EVENT, level: level)
            let pairs = stride(from: 0, to: nodes.count - 1, by: 2).map {
                Node.Pair(key: nodes[$0], value: nodes[$0 + 1])
            }
            try refuseDuplicates(pairs.lazy.filter { !$0.isMerge }.map(\.key))
            return Composed(node: .mapping(try merged(pairs), line: event.line), extent: extent)
        default:
            let scalar = event.scalar
            return Composed(node: scalar, extent: Extent(bytes: scalar.scalar?.utf8.count ?? 0))
        }
    }

    private func nodes(
        until end: yaml_event_type_t, level: Int
    ) throws(SyntaxFault) -> (nodes: [Node], extent: Extent) {
        var nodes: [Node] = []
        var extent = Extent()
        var event = try next()
        while event.type != end {
            let composed = try composed(from: event, level: level + 1)
            nodes.append(composed.node)
            extent.add(composed.extent)
            event = try next()
        }
        return (nodes, extent)
    }

    /// Throws at the first of the keys that are there twice, by name.
    private func refuseDuplicates(_ keys: some Sequence<Node>) throws(SyntaxFault) {
        let byName = Dictionary(grouping: keys) { $0.scalar }
        let twice = byName.compactMap { name, keys in keys.count > 1 ? name : nil }.sorted()
        guard let first = twice.first else { return }
        throw SyntaxFault(
            line: byName[first]?.first?.line,
            reason: twice.count == 1
                ? "\(name(in: first)) is there twice, here first"
                : "these are there twice: \(twice.map(name).joined(separator: ", "))")
    }

    /// The pairs of a mapping with those that its merge keys take in. A mapping's own keys win, then those of the mapping
    /// that is named first: https://yaml.org/type/merge.html
    private func merged(_ pairs: [Node.Pair]) throws(SyntaxFault) -> [Node.Pair] {
        guard pairs.contains(where: \.isMerge) else { return pairs }
        var merged = pairs.filter { !$0.isMerge }
        var names = Set(merged.map(\.key.scalar))
        for pair in pairs where pair.isMerge {
            guard let sources = pair.value.mappings else {
                throw SyntaxFault(
                    line: pair.key.line, reason: "<< takes in a mapping, or a list of them, such as <<: *name")
            }
            for source in sources.joined() where source.key.scalar == nil || !names.contains(source.key.scalar) {
                names.insert(source.key.scalar)
                merged.append(source)
            }
        }
        return merged
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

/// A node, and the room it takes.
private struct Composed {
    let node: Node
    let extent: Extent
}

/// The room that a node takes once every alias in it is followed.
private struct Extent {
    var nodes = 1
    /// Of the texts in it, in UTF-8.
    var bytes = 0
    var levels = 1

    /// Takes in a node that is one level down.
    mutating func add(_ inner: Extent) {
        nodes += inner.nodes
        bytes += inner.bytes
        levels = max(levels, inner.levels + 1)
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
