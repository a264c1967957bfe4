internal import Ledger
internal import Operations
internal import Polling

/// An account's messages by outcome: what the API lists now, with bars, and what has been counted since the ledger began.
struct OutcomeTable {
    let snapshot: AccountSnapshot

    var html: HTML {
        """
        <div class="scroll"><table>
        <thead><tr><th scope="col">\(heading)</th><th scope="col" class="number">last 7 days</th><th scope="col">\
        <span class="hidden">share</span></th><th scope="col" class="number">counters</th></tr></thead>
        <tbody>
        \(rows)</tbody>
        </table></div>

        """
    }

    /// `Push notifications`
    private var heading: String {
        let noun = Wording.noun(for: snapshot.resource)
        return noun.prefix(1).uppercased() + noun.dropFirst() + "s"
    }

    private var rows: [HTML] {
        let waiting = [Stat.scheduled, .queued].compactMap { row($0, counted: nil) }
        return waiting + Milestone.outcomes.compactMap { row($0.stat, counted: snapshot.ledger.totals[.gained($0)]) }
    }

    /// Nil where the resource has no such count.
    private func row(_ stat: Stat, counted: Int64?) -> HTML? {
        guard let name = snapshot.resource.name(of: stat) else { return nil }
        let listed = snapshot.ledger.windowIsComplete ? sum(stat) : nil
        return """
            <tr><th scope="row">\(name)</th>\
            <td class="number">\(listed.map { Wording.count($0) } ?? "")</td>\
            <td class="bar">\(bar(stat, name, listed ?? 0))</td>\
            <td class="number">\(counted.map { Wording.count($0) } ?? "")</td></tr>

            """
    }

    /// As long as the stat's share of what it is part of.
    private func bar(_ stat: Stat, _ name: String, _ listed: Int64) -> HTML {
        let whole = sum(stat == .unaddressable ? .recipients : .total)
        guard listed > 0, whole > 0 else { return "" }
        let share = min(1, Double(listed) / Double(whole))
        return """
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="\(name): \(Wording.percent(share))">\
            <rect class="\(Self.colour(of: stat))" width="\(max(1, Int((share * 100).rounded())))" height="10"/></svg>
            """
    }

    private func sum(_ stat: Stat) -> Int64 {
        OperationStatus.allCases.reduce(Int64(0)) { $0.addingClamped(snapshot.ledger.window[$1, .stat(stat)]) }
    }

    private static func colour(of stat: Stat) -> String {
        switch stat {
        case .undelivered, .failed, .unaddressable: "bad"
        case .sent, .delivered, .read: "good"
        default: "neutral"
        }
    }
}
