import Operations

@testable import Ledger

extension History {
    /// Lets the real ledger and the model live through the history; returns the first difference between them, or nil.
    func disagreement(in folder: String) throws -> String? {
        let owner = LedgerOwner(account: "default", resource: "messages", accountSID: nil)
        let open = { try Ledger(folder: folder, owner: owner, forcedReading: forcedReading) }
        var ledger: Ledger? = try open()
        var model = ReferenceLedger(forcedReading: forcedReading)
        var (now, wall) = (Self.start, Int64(0))
        for (number, step) in steps.enumerated() {
            if case .restart = step {
                ledger = nil
                ledger = try open()
            }
            guard let ledger else { return nil }
            let difference = try Self.take(step, &now, &wall, ledger, &model) ?? ledger.difference(from: model)
            if let difference { return "after step \(number): \(difference)" }
        }
        return nil
    }

    /// One step, on both; returns a difference in whether it was refused.
    private static func take(
        _ step: Step, _ now: inout Timestamp, _ wall: inout Int64, _ ledger: Ledger, _ model: inout ReferenceLedger
    ) throws -> String? {
        let isAhead = model.isAhead(of: now)
        do throws(LedgerError) {
            switch step {
            case .record(let page):
                try ledger.record(page, at: now, wall: time(now, wall))
                if !isAhead { model.record(page, at: now, wall: time(now, wall)) }
            case .poll:
                ledger.pollBegins()
                model.poll += 1
            case .retire:
                while try ledger.retire(at: now) {}
                if !isAhead { model.retire(at: now) }
            case .cover(let from, let to):
                let (start, end) = (time(now, from), time(now, to))
                try ledger.cover(from: start, to: end)
                model.cover(from: start, to: end)
            case .completeWindow:
                try ledger.completeWindow()
                model.windowIsComplete = true
            case .settleBirth(let start, let isComplete):
                try ledger.settleBirth(listedSince: time(now, start), isComplete: isComplete)
                model.settleBirth(listedSince: time(now, start), isComplete: isComplete)
            case .giveUp(let limit):
                try ledger.giveUp(before: time(now, limit))
                model.giveUp(before: time(now, limit))
            case .uncover:
                try ledger.uncover(after: now)
                model.uncover(after: now)
            case .expire(let id):
                _ = try ledger.expire([id])
                model.expire(id)
            case .clock(let units):
                now = time(now, units)
            case .wall(let units):
                wall = units
            case .beginAfresh:
                try ledger.beginAfresh(because: "a test")
                model.beginAfresh()
            case .restart: model.poll += 1
            }
        } catch {
            guard case .ahead = error, isAhead else { return "refused: \(error)" }
            return nil
        }
        if isAhead, step.readsTheClock { return "not refused, though the ledger is ahead of the clock" }
        return nil
    }
}

extension History.Step {
    fileprivate var readsTheClock: Bool {
        switch self {
        case .record, .retire: true
        default: false
        }
    }
}

extension Ledger {
    /// The first number in which the ledger is not what the model says, or nil.
    fileprivate func difference(from model: ReferenceLedger) throws -> String? {
        let pairs = Total.allCases.map { ("\($0)", state.totals[$0], model.totals[$0] ?? 0) } + windowPairs(model)
        if let pair = pairs.first(where: { $0.1 != $0.2 }) { return "\(pair.0) is \(pair.1), not \(pair.2)" }
        let edges = [(state.birth, model.birth), (state.retentionEdge, model.edge)]
        if state.birthCertainty != model.birthCertainty { return "birth is \(state.birthCertainty)" }
        if let edge = edges.first(where: { $0 != $1 }) { return "\(edge)" }
        if state.reading != model.accountReading { return "the account is read as \(state.reading)" }
        if readingInForce != model.reading { return "the reading is \(readingInForce)" }
        if state.windowIsComplete != model.windowIsComplete { return "windowIsComplete is \(state.windowIsComplete)" }
        return try durationDifference(model) ?? unfinishedDifference(model)
    }

    private func windowPairs(_ model: ReferenceLedger) -> [(String, Int64, Int64)] {
        let sums = model.sums
        return OperationStatus.allCases.flatMap { status in
            [("window \(status)", state.window[status, .operations], sums[status]?.operations ?? 0)]
                + Stat.allCases.map {
                    ("window \(status) \($0)", state.window[status, .stat($0)], sums[status]?.stats[$0] ?? 0)
                }
        }
    }

    private func durationDifference(_ model: ReferenceLedger) -> String? {
        let limits: [Duration] = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400]
            .map { .seconds($0) }
        for (bucket, limit) in limits.enumerated() {
            let expected = model.durations.count { $0 <= limit }
            guard state.durations.counts.prefix(bucket + 1).reduce(0, +) == expected else {
                return "durations up to \(limit) are \(state.durations.counts), not \(expected)"
            }
        }
        let (count, sum) = (model.durations.count, model.durations.reduce(.zero, +).milliseconds)
        guard state.durations.counts.reduce(0, +) == count, state.durations.sumMilliseconds == sum else {
            return "durations are \(state.durations), not \(count) of \(sum) ms"
        }
        return nil
    }

    private func unfinishedDifference(_ model: ReferenceLedger) throws -> String? {
        let sums = model.sums
        for status in [OperationStatus.scheduled, .processing] {
            guard state.oldestUnfinished[status] == sums[status]?.oldest else { return "the oldest \(status)" }
            guard try Set(unfinished(status).map(\.id)) == model.unfinished(status) else {
                return "the unfinished \(status)"
            }
        }
        guard try Set(overdueIDs()) == model.overdue else { return "the overdue" }
        return nil
    }
}
