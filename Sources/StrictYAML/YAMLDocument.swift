internal import Files
internal import Yams

/// A YAML file whose top level is a mapping, read strictly: what nobody asks for is a fault, and all faults are told at
/// once.
package enum YAMLDocument {
    /// Reads the file at `path` and makes a value of it. `build` asks the top mapping for all that may be in it, and
    /// returns nil only where it has noted why. An empty file is an empty mapping.
    package static func read<Value>(
        _ path: String, build: (YAMLMapping) -> Value?
    ) throws(YAMLFaults) -> Value {
        let text: String
        do { text = try readFile(path) } catch {
            throw YAMLFaults(faults: [
                YAMLFault(file: path, line: nil, key: nil, message: "cannot be read: \(error)")
            ])
        }
        return try read(text: text, file: path, build: build)
    }

    /// The same of a text; `file` is what faults call it.
    package static func read<Value>(
        text: String, file: String, build: (YAMLMapping) -> Value?
    ) throws(YAMLFaults) -> Value {
        let report = FaultReport(file: file)
        let value = top(of: text, report)?.built(build)
        if let faults = report.all { throw faults }
        guard let value else { preconditionFailure("a value is refused only with a fault that says why") }
        return value
    }

    /// The mapping at the top; nil where the text is no YAML or something else, which is noted.
    private static func top(of text: String, _ report: FaultReport) -> YAMLMapping? {
        guard aliases(in: text) <= mostAliases else {
            report.note(
                line: nil, key: nil, "has more than \(mostAliases) aliases (*name); write out what they stand for")
            return nil
        }
        do {
            let parser = try Parser(yaml: text, encoding: .utf8)
            guard let root = try parser.singleRoot(), !root.isNull else {
                return YAMLMapping([], line: 1, path: "", report)
            }
            guard case .mapping(let mapping) = root else {
                report.note(line: root.line, key: nil, "must be a mapping (name: value), not \(root.kind)")
                return nil
            }
            return YAMLMapping(mapping, path: "", report)
        } catch {
            report.note(
                line: (error as? YamlError)?.line, key: nil, "is not YAML: \((error as? YamlError)?.reason ?? "")")
            return nil
        }
    }
}

/// Few enough that what they stand for cannot grow beyond reason, each being in the next: Yams compares keys by all of it.
private let mostAliases = 20

/// How many aliases a text may have: words that begin with `*`, comments aside.
private func aliases(in text: String) -> Int {
    text.split(whereSeparator: \.isNewline).reduce(0) { count, line in
        let words = line.split(whereSeparator: { " \t[]{},:?-".contains($0) })
        guard words.first?.hasPrefix("#") != true else { return count }
        return count + words.count { $0.hasPrefix("*") && $0.count > 1 }
    }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    /// Why, without the text of the file, which Yams' own descriptions quote.
    fileprivate var reason: String {
        switch self {
        case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
            .composer(let context, let problem, _, _):
            context.map { "\($0.text), \(problem)" } ?? problem
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let keys, _):
            keys.count == 1
                ? "\(name(in: keys[0])) is there twice, here first"
                : "these are there twice: \(keys.map(name).joined(separator: ", "))"
        default: "it cannot be parsed"
        }
    }
}
