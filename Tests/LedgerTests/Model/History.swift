import Operations

@testable import Ledger

/// What happens to a ledger, step by step.
struct History: Sendable {
    enum Step: Sendable {
        case record([Operation])
        /// A poll begins.
        case poll
        case retire
        /// From and to a moment, relative to now, in units.
        case cover(from: Int64, to: Int64)
        case completeWindow
        /// All since a moment relative to now, in units, has been listed; or all there is.
        case settleBirth(since: Int64, isComplete: Bool)
        /// The API shows nothing older than a moment, relative to now, in units.
        case giveUp(before: Int64)
        /// The API's clock is known to have been ahead.
        case uncover
        /// The API does not know an operation.
        case expire(String)
        /// The ledger is closed and opened again.
        case restart
        /// The file is set aside, and a fresh ledger begun.
        case beginAfresh
        /// The API's clock moves on, or back, by so many units.
        case clock(Int64)
        /// This machine's clock is so many units ahead of the API's from now on.
        case wall(Int64)
    }

    /// All times are whole units from the start, so that bounds are hit exactly: retention is 336, and its grace 2.
    static let unit = Duration.seconds(1800)
    static let start = Timestamp(rfc3339: "2024-04-20T16:00:00Z")!

    var forcedReading: StatsReading?
    var steps: [Step]

    /// The time after some units.
    static func time(_ now: Timestamp, _ units: Int64) -> Timestamp { now + unit * Int(units) }
}

extension History: CustomStringConvertible {
    var description: String {
        let steps = steps.enumerated().map { "  \($0). \($1)" }
        return (["forced reading: \(forcedReading?.rawValue ?? "none")"] + steps).joined(separator: "\n")
    }
}

extension History.Step: CustomStringConvertible {
    var description: String {
        switch self {
        case .record(let page): "record " + page.map(Self.text).joined(separator: " ")
        case .poll: "poll"
        case .retire: "retire"
        case .cover(let from, let to): "cover from \(from) to \(to) units from now"
        case .completeWindow: "complete the window"
        case .settleBirth(let start, let isComplete): "settle the birth since \(start) \(isComplete)"
        case .giveUp(let limit): "give up before \(limit) units from now"
        case .uncover: "uncover"
        case .expire(let id): "expire \(id)"
        case .restart: "restart"
        case .beginAfresh: "begin afresh"
        case .clock(let units): "clock \(units) units"
        case .wall(let units): "wall \(units) units ahead"
        }
    }

    private static func text(_ operation: Operation) -> String {
        let stats = Stat.allCases.compactMap { stat in operation.stats[stat].map { "\(stat): \($0)" } }
        let created = (operation.createdAt - History.start).milliseconds / History.unit.milliseconds
        return
            "\(operation.id)(\(operation.status) created at unit \(created), updated \(operation.updatedAt.map { "\($0)" } ?? "never"), [\(stats.joined(separator: ", "))])"
    }
}
