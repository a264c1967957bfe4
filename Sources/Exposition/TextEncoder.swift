/// Writes metric families in the text format 0.0.4.
///
/// Families and series come out in the order they are given, so equal families give equal bytes. Source:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct TextEncoder {
    private var lines = SampleLines()

    var bytes: [UInt8] { lines.bytes }

    /// Appends a family; one without series is left out, headers and all.
    mutating func append(_ family: MetricFamily) {
        guard !family.series.isEmpty else { return }
        lines.append("# HELP \(family.name) ")
        lines.append(family.help, escaping: .lines)
        lines.append("\n# TYPE \(family.name) \(family.type.textName)\n")
        for series in family.series { lines.append(series, named: family.name) }
    }
}

extension MetricType {
    fileprivate var textName: String {
        switch self {
        case .counter: "counter"
        case .gauge, .info: "gauge"
        case .histogram: "histogram"
        }
    }
}
