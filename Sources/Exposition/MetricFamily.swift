/// All series of one metric name, which every format keeps together under one type and one help text.
package struct MetricFamily: Equatable, Sendable {
    /// The name that queries use, `_total` and `_info` included.
    package let name: String
    package let type: MetricType
    package let help: String
    package let series: [Series]

    package init(_ name: String, _ type: MetricType, _ help: String, _ series: [Series]) {
        self.name = name
        self.type = type
        self.help = help
        self.series = series
    }

    /// The name without what the type adds to it, which is the family's name in OpenMetrics.
    /// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md#metric-types
    var stem: String {
        switch type {
        case .counter: name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        case .info: name.hasSuffix("_info") ? String(name.dropLast(5)) : name
        case .gauge, .histogram: name
        }
    }

    /// What the values are counted in, where the name says so.
    var unit: String? {
        ["seconds", "bytes"].first { stem.hasSuffix("_" + $0) }
    }
}
