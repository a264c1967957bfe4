import Glibc
package import Operations

extension Life {
    /// A life as operations have them: most are small, some are scheduled, a few canceled; receipts take seconds to
    /// minutes, reads minutes to hours, all of it divided by the pace.
    package static func random(
        of resource: Resource = .messages, created: Timestamp, settings: Settings,
        using random: inout some RandomNumberGenerator
    ) -> Life {
        var life = Life(created: created)
        life.rounding = .random(in: 0..<10_000, using: &random)
        life.chooseRecipients(using: &random)
        life.chooseTimes(pace: settings.pace, using: &random)
        life.chooseCancelation(using: &random)
        life.chooseShares(settings, using: &random)
        // What cannot be told of a resource does not happen to it.
        if resource.name(of: .unaddressable) == nil { life.unaddressable = 0 }
        if resource.name(of: .read) == nil { life.read = 0 }
        return life
    }

    private mutating func chooseRecipients(using random: inout some RandomNumberGenerator) {
        // Half of the operations have ten recipients or fewer; the largest have the API's maximum.
        recipients = UInt16(pow(10, 4 * square(.random(in: 0...1, using: &random))))
        if chance(0.2, using: &random) {
            unaddressable = UInt16(Double(recipients) * .random(in: 0...0.05, using: &random) + 0.5)
        }
    }

    private mutating func chooseTimes(pace: Double, using random: inout some RandomNumberGenerator) {
        let wait: Double
        switch Double.random(in: 0..<1, using: &random) {
        case ..<0.12: (wait, isScheduled) = (spread(20, 1200, using: &random), true)
        case ..<0.15: (wait, isScheduled) = (spread(3600, 43_200, using: &random), true)
        default: wait = .random(in: 0...5, using: &random)
        }
        start = milliseconds(wait / pace)
        // 20 to 100 messages a second.
        duration = milliseconds((2 + Double(recipients) * .random(in: 0.01...0.05, using: &random)) / pace)
        deliveryDelay = milliseconds(spread(1, 30, using: &random) / pace)
        undeliveredDelay = milliseconds(spread(5, 120, using: &random) / pace)
        readDelay = milliseconds(20 * pow(1500, square(.random(in: 0...1, using: &random))) / pace)
    }

    private mutating func chooseCancelation(using random: inout some RandomNumberGenerator) {
        if isScheduled, start > 0, chance(0.25, using: &random) {
            cancelation = .random(in: 0..<start, using: &random)
        } else if duration > 0, chance(0.02, using: &random) {
            cancelation = start + .random(in: 0..<duration, using: &random)
        }
    }

    private mutating func chooseShares(_ settings: Settings, using random: inout some RandomNumberGenerator) {
        failed = share(settings.failureRatio, using: &random)
        undelivered = share(settings.undeliveredRatio, using: &random)
        // Carriers do not send a receipt for every message.
        delivered = .random(in: 9_000...10_000, using: &random)
        // Only some channels tell of reads.
        read = chance(0.4, using: &random) ? .random(in: 2_000...8_000, using: &random) : 0
        fallback = chance(0.3, using: &random) ? .random(in: 0...1_000, using: &random) : 0
    }
}

/// Around `ratio`, and on average that, but for ratios near 1.
private func share(_ ratio: Double, using random: inout some RandomNumberGenerator) -> UInt16 {
    UInt16(min(10_000, ratio * .random(in: 5_000...15_000, using: &random)))
}

private func chance(_ probability: Double, using random: inout some RandomNumberGenerator) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
}

/// Between the bounds, as often in the first tenfold as in the second.
private func spread(_ low: Double, _ high: Double, using random: inout some RandomNumberGenerator) -> Double {
    low * pow(high / low, .random(in: 0...1, using: &random))
}

private func square(_ x: Double) -> Double { x * x }

/// At most 24 days, so that the sum of two such times is one as well.
private func milliseconds(_ seconds: Double) -> UInt32 {
    UInt32(min(seconds * 1000, Double(UInt32.max / 2)))
}
