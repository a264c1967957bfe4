internal import Glibc
internal import Synchronization

/// A time on a clock that is never set, from the start of the machine; 36 years of it fit into a `Standing`.
struct Uptime: Comparable, RawRepresentable, AtomicRepresentable {
    /// In nanoseconds.
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

    /// Now, to some milliseconds, which costs a fifth of that; but never before another time, so that what began later is later.
    static func now(after other: Uptime) -> Uptime {
        max(other, Uptime(clock: CLOCK_MONOTONIC_COARSE))
    }

    /// Never, where it is too long.
    static func + (time: Uptime, nanoseconds: UInt64) -> Uptime {
        let (sum, isTooLong) = time.rawValue.addingReportingOverflow(nanoseconds)
        return isTooLong ? .never : Uptime(rawValue: sum)
    }

    static func < (one: Uptime, other: Uptime) -> Bool { one.rawValue < other.rawValue }
}

extension Duration {
    /// None of what is less than nothing; as many as there can be of what is more than 500 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isStillTooLong) = whole.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000))
        return isTooLong || isStillTooLong ? .max : sum
    }
}
