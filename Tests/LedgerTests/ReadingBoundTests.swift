import Operations
import Simulator
import Testing

@testable import Ledger

/// Promises about any stats, stated without the rules that keep them: so they hold even where the ledger and its model
/// share a mistake.
@Suite struct ReadingBoundTests {
    private static let seeds = 0..<UInt64(500)
    private static let birth = LedgerTests.birth

    /// One operation's looks, and the ledger that has seen them.
    private struct Account {
        let ledger: Ledger
        var random: SplitMix64

        init(seed: UInt64) throws {
            let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
            random = SplitMix64(seed: seed)
            let forced = [nil, nil, StatsReading.exclusive, .cumulative].randomElement(using: &random) ?? nil
            ledger = try Ledger(folder: ":memory:", owner: owner, forcedReading: forced)
        }

        /// Any numbers of a small operation; members other than `total` are missing now and then.
        mutating func stats(total: Int64 = 10) -> Stats {
            var stats: Stats = [:]
            stats[.total] = total
            for stat in Stat.allCases where stat != .total {
                if Bool.random(using: &random) { stats[stat] = Int64.random(in: 0...total, using: &random) }
            }
            return stats
        }

        func see(_ stats: Stats, created: Timestamp = birth) throws {
            ledger.pollBegins()
            try ledger.record([.make("a", created: created, stats)], at: birth)
        }

        func gained(_ milestone: Milestone) -> Int64 { ledger.state.totals[.gained(milestone)] }
    }

    @Test("no look at an operation that counts from zero has more sent than messages, nor more delivered than sent")
    func sentIsBounded() throws {
        for seed in Self.seeds {
            var account = try Account(seed: seed)
            for look in 0..<6 {
                try account.see(account.stats())
                #expect(account.gained(.messages) == 10)
                #expect(account.gained(.sent) <= 10, "seed \(seed), look \(look)")
                #expect(account.gained(.delivered) <= account.gained(.sent), "seed \(seed), look \(look)")
            }
        }
    }

    @Test("a look counts at least the least and at most the most that its members can mean, within total")
    func oneLook() throws {
        for seed in Self.seeds {
            var account = try Account(seed: seed)
            let stats = account.stats()
            try account.see(stats)
            let parts = [Stat.sent, .delivered, .read, .undelivered].map { stats[$0] ?? 0 }
            let waiting = [Stat.scheduled, .queued, .failed, .canceled].reduce(0) { $0 + (stats[$1] ?? 0) }
            let room = max(0, 10 - waiting)
            let attempts = stats[.attempts].map { $0 < parts.max() ?? 0 ? 10 : $0 } ?? 10
            let least = min(parts.max() ?? 0, room, attempts)
            #expect((least...min(room, max(least, parts.reduce(0, +)))).contains(account.gained(.sent)), "seed \(seed)")
        }
    }

    @Test("the same numbers again gain nothing once a second poll has confirmed them")
    func idempotent() throws {
        for seed in Self.seeds {
            var account = try Account(seed: seed)
            let stats = account.stats()
            for _ in 0..<2 { try account.see(stats) }
            let before = account.ledger.state.totals
            for _ in 0..<2 { try account.see(stats) }
            #expect(account.ledger.state.totals == before, "seed \(seed)")
        }
    }

    @Test("an operation older than the ledger gains nothing at first sight, and then no more than its numbers rise")
    func olderOperations() throws {
        for seed in Self.seeds {
            var account = try Account(seed: seed)
            let created = Self.birth - .seconds(3600)
            let first = account.stats()
            for _ in 0..<2 { try account.see(first, created: created) }
            for milestone in Milestone.allCases {
                #expect(account.gained(milestone) == 0, "seed \(seed), \(milestone)")
            }
            var second = first
            let more = Int64.random(in: 0...5, using: &account.random)
            for stat in Stat.allCases where first[stat] != nil { second[stat] = (first[stat] ?? 0) + more }
            try account.see(second, created: created)
            #expect(account.gained(.messages) == more && account.gained(.sent) <= 10 + more, "seed \(seed)")
        }
    }
}
