package import Exposition
package import Operations

/// The exporter's count of log lines that were lost.
package enum LogMetrics {
    /// `dropped` lines were lost since `began`.
    package static func family(dropped: Int64, since began: Timestamp) -> MetricFamily {
        MetricFamily(
            "twilio_comms_log_lines_dropped_total", .counter,
            "Log lines dropped because nobody read standard error, or it could not be written.",
            [Series([], .integer(dropped), since: began.milliseconds)])
    }
}
