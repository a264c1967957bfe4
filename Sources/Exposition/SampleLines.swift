/// What the two text formats have in common: lines of samples, and text with escapes.
struct SampleLines {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends a text with a backslash before each byte of `special`, and `\n` for a line break.
    mutating func append(_ text: String, escaping special: [UInt8]) {
        guard text.utf8.contains(where: special.contains) else { return append(text) }
        for byte in text.utf8 {
            if special.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
        }
    }

    /// Appends the samples of a series but for its start.
    mutating func append(_ series: Series, named name: String) {
        switch series.content {
        case .value(let value): append(name, series.labels, value)
        case .histogram(let histogram): append(histogram, name, series.labels)
        }
    }

    /// Appends one sample.
    mutating func append(_ name: String, _ labels: [Label], _ value: SampleValue) {
        append(name)
        for (index, label) in labels.enumerated() {
            append(index == 0 ? "{" : ",")
            append(label.name)
            append("=\"")
            append(label.value, escaping: Self.quotedEscapes)
            append("\"")
        }
        append(labels.isEmpty ? " " : "} ")
        append(value.text)
        append("\n")
    }

    private mutating func append(_ histogram: Histogram, _ name: String, _ labels: [Label]) {
        for (bound, count) in histogram.cumulative {
            append(name + "_bucket", labels + [Label("le", SampleValue.bound(bound))], .integer(count))
        }
        append(name + "_sum", labels, .double(histogram.sum))
        append(name + "_count", labels, .integer(histogram.count))
    }

    static let lineEscapes: [UInt8] = [UInt8(ascii: "\\"), UInt8(ascii: "\n")]
    static let quotedEscapes = lineEscapes + [UInt8(ascii: "\"")]
}
