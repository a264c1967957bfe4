/// Collects the faults of one file while it is read; shared by its mappings.
final class FaultReport {
    private let file: String
    private var faults: [YAMLFault] = []

    init(file: String) {
        self.file = file
    }

    func note(line: Int?, key: String?, _ message: String) {
        faults.append(YAMLFault(file: file, line: line, key: key, message: message))
    }

    /// All of them by line, those of one line as they were noted; nil if there are none.
    var all: YAMLFaults? {
        guard !faults.isEmpty else { return nil }
        let byLine = faults.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }
        return YAMLFaults(faults: byLine.map(\.element))
    }
}
