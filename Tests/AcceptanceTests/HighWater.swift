import TestSupport
import Testing

/// The highest value each counter has ever been scraped at, histograms included, across the lives of an exporter.
struct HighWater {
    /// What a process counts of itself begins at 0 with it; design.md calls all other counters persisted.
    static let ofTheProcess = [
        "process_cpu_seconds_total", "twilio_comms_polls_total", "twilio_comms_poll_failures_total",
        "twilio_comms_poll_duration_seconds", "twilio_comms_api_requests_total", "twilio_comms_api_retries_total",
        "twilio_comms_api_throttled_seconds_total", "twilio_comms_api_request_duration_seconds",
        "twilio_comms_invalid_operations_total",
    ]

    private(set) var highest: [String: Double] = [:]

    /// Expects that no counter of an exposition is below its mark or missing, and raises the marks.
    mutating func rise(with exposition: String, _ when: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let counters = Self.counters(in: exposition)
        for (series, value) in highest {
            #expect(counters[series] ?? -1 >= value, "\(series) \(when)", sourceLocation: sourceLocation)
        }
        highest.merge(counters) { max($0, $1) }
    }

    /// The series of each family that its `# TYPE` line calls a counter or a histogram.
    private static func counters(in exposition: String) -> [String: Double] {
        var family: Substring?
        var lines: [Substring] = []
        for line in exposition.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                let isCounter = ["counter", "histogram"].contains(words[3])
                family = isCounter && !ofTheProcess.contains(String(words[2])) ? words[2] : nil
            } else if !line.hasPrefix("#"), family != nil {
                lines.append(line)
            }
        }
        return Samples(lines.joined(separator: "\n")).bySeries
    }
}
