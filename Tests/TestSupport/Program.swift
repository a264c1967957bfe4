import Foundation
import Synchronization

/// A built program of the package, running as a process of its own.
package final class Program: Sendable {
    private let process: Process
    private let output = Stream()
    private let errors = Stream()

    /// What one of its streams has said so far.
    private final class Stream: Sendable {
        let pipe = Pipe()
        private let bytes = Mutex<[UInt8]>([])

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

        /// Reads on a thread of its own until the program closes its end.
        func read() {
            Thread.detachNewThread { [self] in
                while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                    bytes.withLock { $0 += data }
                }
                ended.signal()
            }
        }

        let ended = DispatchSemaphore(value: 0)
    }

    /// Starts `name`, which stands beside the test bundle, with exactly this environment.
    package init(_ name: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        process = Process()
        process.executableURL = Self.folder.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        output.read()
        errors.read()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The folder of the built products.
    private static var folder: URL {
        Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }

    package var processID: Int32 { process.processIdentifier }
    package var standardOutput: String { output.text }
    package var standardError: String { errors.text }

    /// Sends a signal and waits until the program is gone.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) -> (status: Int32, output: String, errors: String) {
        kill(process.processIdentifier, signal)
        return wait()
    }

    /// Waits until the program is gone of itself.
    package func wait() -> (status: Int32, output: String, errors: String) {
        process.waitUntilExit()
        output.ended.wait()
        errors.ended.wait()
        return (process.terminationStatus, output.text, errors.text)
    }
}
