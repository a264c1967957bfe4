/// What the two text formats have in common: lines of samples, and text with escapes.
struct SampleLines {
    private(set) var bytes: [UInt8] = []

    /// What has a backslash before it.
    enum Escaped {
        /// Backslashes, and line breaks, which become `\n`.
        case lines
        /// Quotes as well.
        case quoted

        fileprivate func contains(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\"") && self == .quoted
        }
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String, escaping escaped: Escaped) {
        var text = text
        text.withUTF8 { text in
            guard text.contains(where: escaped.contains) else { return bytes.append(contentsOf: text) }
            for byte in text {
                if escaped.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
            }
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
            append(label.value, escaping: .quoted)
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
}
