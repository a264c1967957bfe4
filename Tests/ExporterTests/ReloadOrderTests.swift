import Configuration
import Dispatch
import HTTPServer
import Locking
import Logging
import Operations
import TestSupport
import Testing
import Web

@testable import Exporter

/// Who is told of which run; what a run does is tested with the built program.
struct ReloadOrderTests {
    /// Runs that fail with their number, each as soon as it may.
    private final class Runs: Sendable {
        let begun = Locked(0)
        let mayEnd = DispatchSemaphore(value: 0)
        let told = Locked<[[String]]>([])

        func reload() throws -> Reload {
            let log = Logger(label: "reload") { _ in SwiftLogNoOpLogHandler() }
            let published = Published(initial: [], configuredAt: Timestamp(seconds: 1))
            return Reload(
                { [self] () throws(ConfigurationError) in
                    let number = begun.withLock { begun in
                        begun += 1
                        return begun
                    }
                    mayEnd.wait()
                    throw ConfigurationError(faults: ["run \(number)"])
                }, web: try WebFront(path: nil, log: log),
                accounts: RunningAccounts(storagePath: ":memory:", published: published, log: log),
                published: published, log: log)
        }

        func ask(_ reload: Reload, of client: ClientAddress = .other) -> Bool {
            reload.request(of: client) { [told] faults in told.withLock { $0.append(faults) } }
        }

        func begin(_ number: Int) async throws {
            _ = try await eventually("run \(number) begins") { begun.withLock { $0 } == number ? true : nil }
        }

        func told(_ count: Int) async throws -> [[String]] {
            try await eventually("\(count) are told") { told.withLock { $0.count == count ? $0 : nil } }
        }
    }

    private let runs = Runs()
    private static let neighbour = ClientAddress.ipv4(1)
    private static let stranger = ClientAddress.ipv4(2)

    @Test("who asks while a run is under way is told of the next one, which all share who asked before it began")
    func sharing() async throws {
        let reload = try runs.reload()
        #expect(runs.ask(reload))
        try await runs.begin(1)
        for _ in 0..<3 { #expect(runs.ask(reload)) }
        runs.mayEnd.signal()
        #expect(try await runs.told(1) == [["run 1"]])
        try await runs.begin(2)
        #expect(runs.ask(reload))
        runs.mayEnd.signal()
        #expect(try await runs.told(4) == [["run 1"], ["run 2"], ["run 2"], ["run 2"]])
        try await runs.begin(3)
        runs.mayEnd.signal()
        #expect(try await runs.told(5).last == ["run 3"])
        #expect(runs.begun.withLock { $0 } == 3)
    }

    @Test("a signal during a run is another run, and any number of them are one")
    func signals() async throws {
        let reload = try runs.reload()
        reload.request()
        try await runs.begin(1)
        for _ in 0..<1000 { reload.request() }
        runs.mayEnd.signal()
        try await runs.begin(2)
        #expect(runs.ask(reload))
        for _ in 0..<2 { runs.mayEnd.signal() }
        #expect(try await runs.told(1) == [["run 3"]])
        reload.request()
        try await runs.begin(4)
        runs.mayEnd.signal()
    }

    @Test(
        "sixteen may wait, eight of one client, those of the run under way among them, and the next ones when these have been told"
    )
    func limit() async throws {
        let reload = try runs.reload()
        #expect(runs.ask(reload))
        try await runs.begin(1)
        for _ in 2...8 { #expect(runs.ask(reload)) }
        #expect(!runs.ask(reload))
        for _ in 9...16 { #expect(runs.ask(reload, of: Self.neighbour)) }
        #expect(!runs.ask(reload, of: Self.stranger))
        runs.mayEnd.signal()
        _ = try await runs.told(1)
        #expect(runs.ask(reload))
        #expect(!runs.ask(reload))
        for _ in 0..<2 { runs.mayEnd.signal() }
        #expect(try await runs.told(17).count { $0 == ["run 2"] } >= 15)
    }

    @Test("who waits when the exporter stops is told so, also of a run that hangs, and once")
    func stop() async throws {
        let reload = try runs.reload()
        #expect(runs.ask(reload))
        try await runs.begin(1)
        #expect(runs.ask(reload))
        reload.stop()
        #expect(runs.told.withLock { $0 } == [["the exporter is stopping"], ["the exporter is stopping"]])
        for _ in 0..<2 { runs.mayEnd.signal() }
        try await runs.begin(2)
        // What was told of the second run is told before the third one begins.
        #expect(runs.ask(reload))
        try await runs.begin(3)
        runs.mayEnd.signal()
        #expect(try await runs.told(3).last == ["run 3"])
    }
}
