import Foundation
import TestSupport

/// A file system in memory of so many bytes, mounted where the machine lets a test do so; gone with its owner.
final class SmallFileSystem: Sendable {
    private let place: TemporaryFolder
    var path: String { place.path }

    init(bytes: Int) async throws {
        place = try TemporaryFolder()
        let mounted = try await Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(bytes)", "none", place.path)
        guard mounted else { throw NeverHappened(description: "cannot mount a file system") }
    }

    deinit {
        // Also while something in it is still open.
        umount2(place.path, Int32(MNT_DETACH))
    }

    /// Whether this machine allows it.
    static var works: Bool {
        get async { (try? await SmallFileSystem(bytes: 65_536)) != nil }
    }

    func grow(to bytes: Int) async throws {
        guard try await Self.run("/bin/mount", "-o", "remount,size=\(bytes)", path) else {
            throw NeverHappened(description: "cannot grow the file system")
        }
    }

    private static func run(_ path: String, _ arguments: String...) async throws -> Bool {
        try await Program(path: path, arguments).wait().status == 0
    }
}
