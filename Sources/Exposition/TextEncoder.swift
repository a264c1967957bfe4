/// Writes metric families in the text format 0.0.4.
///
/// Families and series come out in the order they are given, so equal families give equal bytes. Source:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
package struct TextEncoder {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []

    /// `reserving` is the size to expect, such as the size of the last exposition.
    package init(reserving size: Int = 0) {
        bytes.reserveCapacity(size)
    }

    /// Appends a family; one without series is left out, headers and all.
    package mutating func append(_ family: MetricFamily) {
        guard !family.series.isEmpty else { return }
        append("# HELP \(family.name) ")
        append(family.help, escaping: Self.helpEscapes)
        append("\n# TYPE \(family.name) \(family.type.rawValue)\n")
        for series in family.series { append(series, of: family.name) }
    }

    private mutating func append(_ series: Series, of name: String) {
        switch series.content {
        case .value(let value): append(name, series.labels, value)
        case .histogram(let histogram): append(histogram, name, series.labels)
        }
    }

    private mutating func append(_ histogram: Histogram, _ name: String, _ labels: [Label]) {
        var count: Int64 = 0
        for (bound, observations) in zip(histogram.bounds + [.infinity], histogram.counts) {
            count += observations
            append(name + "_bucket", labels + [Label("le", SampleValue.double(bound).text)], .integer(count))
        }
        append(name + "_sum", labels, .double(histogram.sum))
        append(name + "_count", labels, .integer(count))
    }

    private mutating func append(_ name: String, _ labels: [Label], _ value: SampleValue) {
        append(name)
        for (index, label) in labels.enumerated() {
            append(index == 0 ? "{" : ",")
            append(label.name)
            append("=\"")
            append(label.value, escaping: Self.valueEscapes)
            append("\"")
        }
        append(labels.isEmpty ? " " : "} ")
        append(value.text)
        append("\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static let helpEscapes: [UInt8] = [UInt8(ascii: "\\"), UInt8(ascii: "\n")]
    private static let valueEscapes = helpEscapes + [UInt8(ascii: "\"")]

    private mutating func append(_ text: String, escaping special: [UInt8]) {
        guard text.utf8.contains(where: special.contains) else { return append(text) }
        for byte in text.utf8 {
            if special.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
        }
    }
}
