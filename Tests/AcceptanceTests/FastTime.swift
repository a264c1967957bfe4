import Foundation
import Glibc
import TestSupport

/// A time that runs so many times as fast as real for a program that is started in it, beginning at the present.
struct FastTime {
    private let folder: TemporaryFolder
    /// For the program.
    let environment: [String: String]

    init(speed: Int64) throws {
        folder = try TemporaryFolder()
        let clocks = [CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME]
        // See timewarp.c for the words.
        let words = [speed] + clocks.map(nanoseconds) + clocks.map { _ in 0 }
        let path = folder.path + "/time"
        try words.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
        environment = ["LD_PRELOAD": Program.path(of: "libTimeWarp.so"), "TIMEWARP": path]
    }
}

private func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
