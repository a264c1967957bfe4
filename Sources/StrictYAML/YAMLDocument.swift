internal import Files

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
        do throws(SyntaxFault) {
            guard let root = try Composer.root(of: text), !root.isNull else {
                return YAMLMapping([], line: 1, path: "", report)
            }
            guard case .mapping(let pairs, let line) = root else {
                report.note(line: root.line, key: nil, "must be a mapping (name: value), not \(root.kind)")
                return nil
            }
            return YAMLMapping(pairs, line: line, path: "", report)
        } catch {
            report.note(line: error.line, key: nil, "is not YAML: \(error.reason)")
            return nil
        }
    }
}
