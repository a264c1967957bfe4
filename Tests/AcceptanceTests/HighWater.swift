import TestSupport
import Testing

/// The highest value each counter of the ledger has ever been scraped at, histograms included, across the lives of an exporter.
struct HighWater {
    private(set) var highest: [String: Double] = [:]

    /// Expects that no counter of a scrape is below its mark or missing, and raises the marks.
    mutating func rise(with samples: Samples, _ when: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let counters = samples.ledgerCounters
        for (series, value) in highest {
            #expect(counters[series] ?? -1 >= value, "\(series) \(when)", sourceLocation: sourceLocation)
        }
        highest.merge(counters) { max($0, $1) }
    }
}
