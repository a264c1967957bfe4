import TestSupport
import Testing

extension FaultyAPI {
    /// Everything an exporter says of its ledger is what is true now, and nothing was found wrong with what was listed.
    func expectTruth(_ samples: Samples, _ when: String = "at the start") {
        let truth = truth(for: samples)
        #expect(truth.bySeries.count == 78)
        for (series, value) in truth.bySeries { #expect(samples[series] == value, "\(when): \(series)") }
        expectNoInvalid(samples, when)
    }

    /// The same of its counters, while it shows no window because it has not listed all of it.
    func expectTrueCounters(_ samples: Samples, _ when: String) {
        let truth = truth(for: samples)
        #expect(truth.bySeries.count == 78)
        for (series, value) in truth.bySeries {
            #expect(samples[series] == (series.contains("window_") ? nil : value), "\(when): \(series)")
        }
        expectNoInvalid(samples, when)
    }

    private func expectNoInvalid(_ samples: Samples, _ when: String) {
        for (series, value) in samples.bySeries where series.contains("regressions") || series.contains("invalid") {
            #expect(value == 0, "\(when): \(series)")
        }
    }
}
