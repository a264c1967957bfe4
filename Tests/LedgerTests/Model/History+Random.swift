import Operations
import Simulator

@testable import Ledger

extension History {
    /// Operations are observed in any order, repeated and overlapping, with members missing and values falling, in one
    /// reading, the other, or both; they leave retention; the ledger is restarted; the clock steps.
    static func random(seed: UInt64, steps count: Int) -> History {
        var maker = HistoryMaker(random: SplitMix64(seed: seed))
        let reading = maker.chance(0.1) ? StatsReading.allCases.randomElement(using: &maker.random) : nil
        return History(forcedReading: reading, steps: (0..<count).map { _ in maker.step() })
    }
}
