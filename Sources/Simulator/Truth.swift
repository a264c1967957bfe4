import Operations

/// What an exporter's ledger must say: counters of a ledger of a known birth, and gauges of the listed operations.
///
/// An operation created at or after the birth counts in full. An older one counts what it gained since a response first
/// showed it, which is what the ledger can know if no other client asked before it. Both go on counting where the setting
/// `retention` takes them from the lists.
package struct Truth: Sendable {
    let resource: Resource
    package private(set) var operationsSeen: Int64 = 0
    package private(set) var gains: Gains
    package private(set) var windows = [Window](repeating: Window(), count: OperationStatus.allCases.count)

    /// The listed operations of one status, as reported.
    package struct Window: Sendable {
        package var operations: Int64 = 0
        package var stats = Counts()
    }

    init(of resource: Resource, gains: Gains) {
        self.resource = resource
        self.gains = gains
    }

    /// Counts an operation in the counters, listed or not; once for each that is remembered.
    mutating func count(_ entry: OperationLog.Entry, birth: Timestamp, now: Timestamp) {
        if entry.life.created >= birth {
            operationsSeen += 1
            gains.add(entry.life, until: now)
        } else {
            gains.add(entry, until: now)
        }
    }

    /// Counts an operation in the gauges; once for each that is listed.
    mutating func countListed(_ life: Life, now: Timestamp, reading: StatsReading) {
        let status = Int(life.status(at: now).rawValue)
        windows[status].operations += 1
        windows[status].stats += life.report(at: now, reading: reading)
    }
}

extension Truth {
    /// Lines of `name value`, named as the exporter names them but for the labels of account and resource.
    package var text: String {
        (counters + gauges).map { "twilio_comms_\($0.name) \($0.value)\n" }.joined()
    }

    private typealias Line = (name: String, value: Int64)

    private var counters: [Line] {
        let milestones = gains.milestones
        let outcomes: [Stat] = [.sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled]
        return [
            ("operations_seen_total", operationsSeen),
            ("operations_finished_total{status=\"completed\"}", gains.completed),
            ("operations_finished_total{status=\"canceled\"}", gains.canceled),
            ("messages_total", milestones[.total]),
            ("recipients_total", milestones[.recipients]),
            ("attempts_total", milestones[.attempts]),
        ] + named(outcomes).map { ("message_outcomes_total{outcome=\"\($1)\"}", milestones[$0]) }
    }

    /// Those of the stats that the resource has, with its names of them.
    private func named(_ stats: [Stat]) -> [(stat: Stat, name: String)] {
        stats.compactMap { stat in resource.name(of: stat).map { (stat, $0) } }
    }

    private var gauges: [Line] {
        let outcomes: [Stat] = [
            .scheduled, .queued, .sent, .delivered, .read, .undelivered, .unaddressable, .failed, .canceled,
        ]
        return OperationStatus.allCases.flatMap { status -> [Line] in
            let window = windows[Int(status.rawValue)]
            let label = "status=\"\(status.label)\""
            let messages: [Line] = named(outcomes).map {
                ("window_messages{\(label),outcome=\"\($1)\"}", window.stats[$0])
            }
            return [("window_operations{\(label)}", window.operations)] + messages + [
                ("window_submitted_messages{\(label)}", window.stats[.total]),
                ("window_recipients{\(label)}", window.stats[.recipients]),
                ("window_attempts{\(label)}", window.stats[.attempts]),
            ]
        }
    }
}
