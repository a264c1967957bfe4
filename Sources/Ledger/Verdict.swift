package import Operations

/// The reading that the numbers of one look at an operation decide for, if any.
///
/// Source: the examples of the API's documentation, which show both readings.
package struct Verdict: Equatable, Sendable {
    /// Nil where the numbers decide nothing.
    package let reading: StatsReading?
    /// True if the numbers are impossible in both readings.
    package let isContradiction: Bool

    private init(_ reading: StatsReading?, isContradiction: Bool = false) {
        self.reading = reading
        self.isContradiction = isContradiction
    }

    /// The verdict on stats whose members can all be read.
    package init(on stats: Stats) {
        let bothAreSame =
            stats.value(of: .sent, reading: .exclusive) == stats.value(of: .sent, reading: .cumulative)
            && stats.value(of: .delivered, reading: .exclusive) == stats.value(of: .delivered, reading: .cumulative)
        guard !bothAreSame else {
            self.init(nil)
            return
        }
        switch (stats.isPossible(in: .exclusive), stats.isPossible(in: .cumulative)) {
        case (false, false): self.init(nil, isContradiction: true)
        case (true, false): self.init(.exclusive)
        case (false, true): self.init(.cumulative)
        case (true, true): self.init(stats.readingWithExactSum)
        }
    }
}

extension Stats {
    /// True if these numbers can be in a reading. A cumulative `sent` is never below the states that follow it.
    func isPossible(in reading: StatsReading) -> Bool {
        let cap = cap ?? .max
        let sent = self[.sent] ?? 0
        return switch reading {
        case .exclusive: (value(of: .sent, reading: .exclusive) ?? 0) <= cap
        case .cumulative: sent >= (value(of: .sent, reading: .cumulative) ?? 0) && sent <= cap
        }
    }

    /// True if all messages are accounted for in the exclusive reading, or there is no `total` to say otherwise.
    var addUp: Bool {
        guard let total = self[.total] else { return true }
        return accounted(.exclusive) == total - (self[.unaddressable] ?? 0)
    }

    /// The one reading in which all messages are accounted for; nil where that is both or none.
    fileprivate var readingWithExactSum: StatsReading? {
        switch (isExact(.exclusive), isExact(.cumulative)) {
        case (true, false): .exclusive
        case (false, true): .cumulative
        default: nil
        }
    }

    private func isExact(_ reading: StatsReading) -> Bool {
        guard let total = self[.total] else { return false }
        let sum = accounted(reading)
        return sum == total || sum == total - (self[.unaddressable] ?? 0)
    }

    /// The messages that wait, came to nothing, or were sent.
    private func accounted(_ reading: StatsReading) -> Int64 {
        others.addingClamped(value(of: .sent, reading: reading) ?? 0)
    }
}
