/// All series of one metric name, which the text format keeps together under one `# HELP` and one `# TYPE` line.
package struct MetricFamily: Equatable, Sendable {
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
}
