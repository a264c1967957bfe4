/// What kind of metric a family is. The name of a counter ends in `_total`, that of an info in `_info`.
package enum MetricType: Sendable {
    case counter, gauge, histogram
    /// Labels that say what something is, with the value 1: a type of OpenMetrics, which elsewhere is a gauge.
    case info

    /// Whether its numbers grow from 0, and so have a start.
    var isCumulative: Bool { self == .counter || self == .histogram }
}
