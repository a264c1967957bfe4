internal import Operations
internal import Polling

/// What an account's sweeps do, when each last succeeded and when it is due.
struct SweepTable {
    let health: PollHealth
    let now: Timestamp

    var html: HTML {
        """
        <div class="scroll"><table>
        <thead><tr><th scope="col">Sweep</th><th scope="col" class="wide">lists</th><th scope="col">last success</th>\
        <th scope="col">next</th></tr></thead>
        <tbody>
        \(Sweep.allCases.map(row))</tbody>
        </table></div>

        """
    }

    private func row(_ sweep: Sweep) -> HTML {
        let success: HTML = health.sweepSuccesses[sweep].map { Wording.time($0, now: now) } ?? "never"
        return """
            <tr><th scope="row">\(sweep.rawValue)</th><td class="wide">\(Self.purpose(of: sweep))</td><td>\(success)</td>\
            <td>\(next(sweep))</td></tr>

            """
    }

    private func next(_ sweep: Sweep) -> HTML {
        guard let standing = health.sweeps[sweep] else { return "next poll" }
        guard standing.slicesLeft == 0 else {
            return "\(Wording.count(Int64(standing.slicesLeft), "part")) left to list"
        }
        guard let due = standing.due, due > now else { return "next poll" }
        return Wording.time(due, now: now)
    }

    private static func purpose(of sweep: Sweep) -> String {
        switch sweep {
        case .recent: "created lately"
        case .active: "processing"
        case .pending: "scheduled"
        case .day: "created in the last day"
        case .week: "everything"
        }
    }
}
