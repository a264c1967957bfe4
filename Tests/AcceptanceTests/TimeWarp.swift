import Foundation
import Glibc
import TestSupport

/// The clocks of programs that a test starts: how fast they run, and how far they are from the real ones.
///
/// The library of the target `CTimeWarp` answers for a program's clocks; this is the file that tells it what to say.
final class TimeWarp: Sendable {
    /// The clocks as the library numbers them. In a suspended machine the monotonic clock stands still, the boot clock
    /// does not.
    private static let clocks = [CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME]
    private static let (wall, boot) = (0, 2)

    private let folder: TemporaryFolder
    let rate: Int64
    private let origins: [Int64]

    private var path: String { folder.path + "/timewarp" }

    /// Makes clocks that run `rate` times as fast as the real ones, from now on, which they still agree with.
    init(rate: Int64 = 1) throws {
        folder = try TemporaryFolder()
        self.rate = rate
        origins = Self.clocks.map(now)
        let words = [rate] + origins + [0, 0, 0]
        let bytes = words.withUnsafeBytes { Data($0) }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// What a program's environment must hold so that it lives in this time.
    var environment: [String: String] {
        ["LD_PRELOAD": Program.path(of: "libTimeWarp.so"), "TIMEWARP": path]
    }

    /// Sets the wall clock so much ahead of the time, where a restart or a step of ntpd would put it.
    func setWallClock(ahead duration: Duration) throws {
        try write(duration, Self.wall)
    }

    /// Lets a machine sleep: when it wakes, the wall and the boot clock have gone on, the monotonic clock has not.
    func sleep(_ duration: Duration) throws {
        for clock in [Self.wall, Self.boot] { try write(read(clock) + duration, clock) }
    }

    /// The right time for a program whose wall clock was not set wrong.
    var time: Double {
        get throws {
            Double(origins[0] + (now(CLOCK_REALTIME) - origins[0]) * rate) / 1e9 + (try read(Self.boot) / .seconds(1))
        }
    }

    private func offset(of clock: Int) -> off_t { off_t((1 + Self.clocks.count + clock) * 8) }

    private func read(_ clock: Int) throws -> Duration {
        var ahead: Int64 = 0
        try withFile { descriptor in pread(descriptor, &ahead, 8, offset(of: clock)) }
        return .nanoseconds(ahead)
    }

    private func write(_ duration: Duration, _ clock: Int) throws {
        var ahead = Int64(duration / .nanoseconds(1))
        try withFile { descriptor in pwrite(descriptor, &ahead, 8, offset(of: clock)) }
    }

    /// Reads or writes the eight bytes of a clock. Foundation's file handles end the process where a signal interrupts them.
    private func withFile(_ body: (Int32) -> Int) throws {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw NeverHappened(description: "\(path) opens") }
        defer { close(descriptor) }
        guard body(descriptor) == 8 else { throw NeverHappened(description: "\(path) is read or written") }
    }
}

private func now(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
