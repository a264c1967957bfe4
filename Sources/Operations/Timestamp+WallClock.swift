internal import Glibc
// In a whole-module build the compiler takes `timespec` to be this module's, because of `Duration.init(_: timespec)`.
internal import SwiftOverlayShims

extension Timestamp {
    /// Now by this machine's clock, which may be wrong and may step.
    package static func wallClock() -> Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    }
}
