/// When connections are overdue. libmicrohttpd's own timeout is one of inactivity: a client that sends a byte now and then is
/// never closed by it.
struct Deadlines {
    private let new: UInt64
    private let idle: UInt64
    private let answer: UInt64

    init(_ limits: ServerLimits) {
        new = limits.requestTimeout.nanoseconds
        idle = (limits.idleTimeout + limits.requestTimeout).nanoseconds
        answer = limits.responseTimeout.nanoseconds
    }

    /// Never while the handler runs, which takes its time.
    func deadline(of standing: Standing) -> Uptime {
        switch standing.activity {
        case .new: standing.since + new
        case .idle: standing.since + idle
        case .answer: standing.since + answer
        case .handler, .pending, .closing: .never
        }
    }
}
