/// Writes metric families in the text format of OpenMetrics 1.0, but for the `# EOF` that ends an exposition.
///
/// Families and series come out in the order they are given, so equal families give equal bytes. Source:
/// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md#text-format
struct OpenMetricsEncoder {
    private var lines = SampleLines()

    var bytes: [UInt8] { lines.bytes }

    /// Appends a family; one without series is left out, headers and all.
    mutating func append(_ family: MetricFamily) {
        guard !family.series.isEmpty else { return }
        let stem = family.stem
        lines.append("# TYPE \(stem) \(family.type.openMetricsName)\n")
        if let unit = family.unit { lines.append("# UNIT \(stem) \(unit)\n") }
        lines.append("# HELP \(stem) ")
        lines.append(family.help, escaping: .quoted)
        lines.append("\n")
        for series in family.series {
            lines.append(series, named: stem + family.type.sampleSuffix)
            guard family.type.isCumulative, let start = series.start else { continue }
            lines.append(stem + "_created", series.labels, .double(Double(start) / 1000))
        }
    }
}

extension MetricType {
    fileprivate var openMetricsName: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        case .info: "info"
        }
    }

    /// What a sample's name has after its family's; a histogram's samples have more than one.
    fileprivate var sampleSuffix: String {
        switch self {
        case .counter: "_total"
        case .info: "_info"
        case .gauge, .histogram: ""
        }
    }
}
