import Foundation
import Glibc
import TestSupport
import Testing

/// A pipe with a name, full, whose reader reads nothing until it is asked to.
final class Fifo {
    let path: String
    private let folder: TemporaryFolder
    private let descriptor: Int32

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        // Both ends, so that it never ends for a writer.
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(descriptor >= 0)
        while write(descriptor, [UInt8](repeating: 0x2e, count: 4096), 4096) > 0 {}
    }

    deinit { close(descriptor) }

    /// Everything that is in it now.
    func read() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
