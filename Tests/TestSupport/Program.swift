import Foundation
import Locking

/// A program running as a process of its own; killed when its owner goes.
package final class Program: Sendable {
    private let process = Process()
    private let output = Stream()
    private let errors = Stream()
    private let exited = Latch()

    /// What one of the program's streams has said so far.
    private final class Stream: Sendable {
        let pipe = Pipe()
        /// Opened when the program has closed its end.
        let ended = Latch()
        private let bytes = Locked<[UInt8]>([])

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

        func startReading() {
            Thread.detachNewThread { [self] in
                while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                    bytes.withLock { $0 += data }
                }
                ended.open()
            }
        }
    }

    /// Starts one of the package's programs with exactly this environment.
    package convenience init(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws {
        try self.init(path: Self.path(of: name), arguments, environment: environment)
    }

    /// Where one of the package's programs is: beside the test bundle.
    package static func path(of name: String) -> String {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let folder = (bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])).deletingLastPathComponent()
        return folder.appendingPathComponent(name).path
    }

    /// Starts any program.
    package init(path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment.merging(sanitizerOptions) { $1 }
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { [exited] _ in exited.open() }
        try process.run()
        output.startReading()
        errors.startReading()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    package var processID: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }
    package var standardOutput: String { output.text }
    package var standardError: String { errors.text }

    /// Sends a signal and waits until the program is gone.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) async -> (status: Int32, output: String, errors: String) {
        kill(process.processIdentifier, signal)
        return await wait()
    }

    /// Waits until the program is gone of itself. The status of one that a signal killed is the signal's number.
    package func wait() async -> (status: Int32, output: String, errors: String) {
        await exited.wait()
        await output.ended.wait()
        await errors.ended.wait()
        return (process.terminationStatus, output.text, errors.text)
    }
}

/// Whether a sanitizer watches the programs.
package let isSanitized = !sanitizerOptions.isEmpty

/// What `make sanitize` tells sanitizers holds for programs, too; and AddressSanitizer looks for leaks in those that end in
/// order, which the tests' own process does not.
private let sanitizerOptions = ProcessInfo.processInfo.environment.filter { name, _ in
    ["TSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS"].contains(name)
}.map { ($0, $0 == "ASAN_OPTIONS" ? $1 + ":detect_leaks=1" : $1) }
