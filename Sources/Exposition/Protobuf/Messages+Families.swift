internal import SwiftProtobuf

extension Io_Prometheus_Client_MetricFamily {
    init(_ family: MetricFamily) {
        self.init()
        name = family.name
        help = family.help
        type = family.type.message
        metric = family.series.map { Io_Prometheus_Client_Metric($0, of: family.type) }
        if let unit = family.unit { self.unit = unit }
    }
}

extension Io_Prometheus_Client_Metric {
    init(_ series: Series, of type: MetricType) {
        self.init()
        label = series.labels.map(Io_Prometheus_Client_LabelPair.init)
        switch series.content {
        case .histogram(let histogram): self.histogram = .init(histogram, since: series.start)
        case .value(let value) where type == .counter: counter = .init(value, since: series.start)
        case .value(let value): gauge = .with { $0.value = value.number }
        }
    }
}

extension Io_Prometheus_Client_LabelPair {
    init(_ label: Label) {
        self.init()
        name = label.name
        value = label.value
    }
}

extension Io_Prometheus_Client_Counter {
    init(_ value: SampleValue, since start: Int64?) {
        self.init()
        self.value = value.number
        if let start { createdTimestamp = .init(start) }
    }
}

extension Io_Prometheus_Client_Histogram {
    /// Counts are never negative, as a histogram's observations are.
    init(_ histogram: Histogram, since start: Int64?) {
        self.init()
        sampleCount = UInt64(clamping: histogram.count)
        sampleSum = histogram.sum
        bucket = histogram.cumulative.map { bound, count in
            .with {
                $0.upperBound = bound
                $0.cumulativeCount = UInt64(clamping: count)
            }
        }
        if let start { createdTimestamp = .init(start) }
    }
}

extension Google_Protobuf_Timestamp {
    /// `milliseconds` of Unix time, whose remainder counts forward from the second.
    init(_ milliseconds: Int64) {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        self.init(
            seconds: rest < 0 ? seconds - 1 : seconds, nanos: Int32(rest < 0 ? rest + 1000 : rest) * 1_000_000)
    }
}

extension MetricType {
    fileprivate var message: Io_Prometheus_Client_MetricType {
        switch self {
        case .counter: .counter
        case .gauge, .info: .gauge
        case .histogram: .histogram
        }
    }
}
