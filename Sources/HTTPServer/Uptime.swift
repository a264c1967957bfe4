internal import Glibc
internal import Synchronization

/// A time on a clock that is never set: from the start of the machine, without the time it slept. 36 years of it fit into a
/// `Standing`.
package struct Uptime: Comparable, RawRepresentable, AtomicRepresentable {
    /// In nanoseconds.
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    static let never = Uptime(rawValue: .max)

    /// To the nanosecond.
    package static var now: Uptime { Uptime(clock: CLOCK_MONOTONIC) }

    private init(clock: clockid_t) {
        var time = timespec()
        clock_gettime(clock, &time)
        rawValue = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// As of the kernel's last tick, at most 10 ms ago; costs a fifth of `now`.
    package static var lately: Uptime { Uptime(clock: CLOCK_MONOTONIC_COARSE) }

    /// The same, but never before another time, so that what began later is later.
    static func now(after other: Uptime) -> Uptime { max(other, lately) }

    /// Never, where it is too long.
    package static func + (time: Uptime, nanoseconds: UInt64) -> Uptime {
        let (sum, isTooLong) = time.rawValue.addingReportingOverflow(nanoseconds)
        return isTooLong ? .never : Uptime(rawValue: sum)
    }

    package static func < (one: Uptime, other: Uptime) -> Bool { one.rawValue < other.rawValue }
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
