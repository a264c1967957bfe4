internal import Glibc
internal import Synchronization

/// What a connection is at, and since when: one word, so that whoever serves the connection takes no lock to change it.
struct Standing: RawRepresentable, AtomicRepresentable {
    enum Activity: UInt64 {
        /// Its first request has to come, or the rest of it.
        case new
        /// Another request has to come, or its rest.
        case idle
        case handler
        /// The handler has put its answer off.
        case pending
        /// The client has to take its response.
        case answer
        /// Shut down: libmicrohttpd sees the end of the stream, and closes it in a moment.
        case closing
    }

    let rawValue: UInt64

    /// `isCounted` says whether the request is one of those that `ServerLimits.requests` counts.
    init(_ activity: Activity, isCounted: Bool = false, since: Uptime) {
        rawValue = since.rawValue << 4 | (isCounted ? 8 : 0) | activity.rawValue
    }

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    var activity: Activity { Activity(rawValue: rawValue & 7) ?? .closing }
    var isCounted: Bool { rawValue & 8 != 0 }
    var since: Uptime { Uptime(rawValue: rawValue >> 4) }
}

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

extension Duration {
    /// None of what is less than nothing; as many as there can be of more than 500 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return whole.overflow ? .max : whole.partialValue &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }
}

/// A time on a clock that is never set, from the start of the machine; 36 years of it fit into a `Standing`.
struct Uptime: Comparable, RawRepresentable, AtomicRepresentable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    static let never = Uptime(rawValue: .max)

    static var now: Uptime { Uptime(clock: CLOCK_MONOTONIC) }

    private init(clock: clockid_t) {
        var time = timespec()
        clock_gettime(clock, &time)
        rawValue = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Now, to some milliseconds, which costs a fifth; but never before another time, so that what began later is later.
    static func now(after other: Uptime) -> Uptime {
        max(other, Uptime(clock: CLOCK_MONOTONIC_COARSE))
    }

    static func + (time: Uptime, nanoseconds: UInt64) -> Uptime {
        let (sum, isTooLarge) = time.rawValue.addingReportingOverflow(nanoseconds)
        return isTooLarge ? .never : Uptime(rawValue: sum)
    }

    static func < (one: Uptime, other: Uptime) -> Bool { one.rawValue < other.rawValue }
}
