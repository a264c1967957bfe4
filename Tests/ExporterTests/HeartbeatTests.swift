import Dispatch
import HTTPServer
import Locking
import Logging
import Operations
import Systemd
import TestSupport
import Testing
import Web

@testable import Exporter

/// What the watchdog hears of a server that is slow, or hangs.
struct HeartbeatTests {
    /// A server that answers as long as it may.
    private final class Slow: Sendable {
        let asked = Locked<[ContinuousClock.Instant]>([])
        let mayAnswer = Latch()
        private let leave = DispatchSemaphore(value: 0)

        func answer() -> ServerResponse {
            asked.withLock { $0.append(.now) }
            if !mayAnswer.isOpen { leave.wait() }
            return .text(200, "ok")
        }

        func goOn() {
            mayAnswer.open()
            for _ in 0..<1000 { leave.signal() }
        }
    }

    private let folder: TemporaryFolder
    private let socket: DatagramSocket
    private let slow = Slow()

    init() throws {
        folder = try TemporaryFolder()
        socket = try DatagramSocket(bound: folder.path + "/notify")
    }

    private func heartbeat(_ server: Server, watchdog: Duration) throws -> Heartbeat {
        let environment = [
            "NOTIFY_SOCKET": folder.path + "/notify", "WATCHDOG_USEC": "\(Int(watchdog / .microseconds(1)))",
        ]
        return Heartbeat(
            try #require(ServiceManager { environment[$0] }), server: server,
            published: Published(initial: [], configuredAt: Timestamp(seconds: 1)),
            log: Logger(label: "heartbeat") { _ in SwiftLogNoOpLogHandler() })
    }

    private func hear(_ assignment: String) async throws {
        _ = try await eventually("the service manager hears \(assignment)") { () -> Bool? in
            while let message = socket.next() {
                if message.split(separator: "\n").contains(Substring(assignment)) { return true }
            }
            return nil
        }
    }

    @Test("after a miss it asks again at once, and after an answer at half the watchdog's time")
    func slowAnswer() async throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { [slow] _ in slow.answer() }
        let heartbeat = try heartbeat(server, watchdog: .seconds(24))
        let missed = try await onOwnThread { heartbeat.beat() }
        // No try takes longer than an eighth, so four of them fit into the other half.
        #expect(missed <= .seconds(3))
        #expect(socket.next() == nil)
        slow.goOn()
        // The handler that hung may need a moment to end.
        let next = try await eventually("a beat is answered") {
            let next = try await onOwnThread { heartbeat.beat() }
            return next > .seconds(3) ? next : nil
        }
        #expect(next == .seconds(12))
        try await hear("WATCHDOG=1")
    }

    @Test("of a server that hangs the watchdog hears nothing, until it goes on")
    func hangingServer() async throws {
        let server = try Server(listening: ListenAddress("127.0.0.1:0")) { [slow] _ in slow.answer() }
        let heartbeat = try heartbeat(server, watchdog: .seconds(1))
        heartbeat.start()
        try await hear("READY=1")
        // Twice as long as systemd would wait.
        try? await Task.sleep(for: .seconds(2))
        #expect(socket.next() == nil)
        #expect(slow.asked.withLock { !$0.isEmpty })
        slow.goOn()
        try await hear("WATCHDOG=1")
        try await hear("WATCHDOG=1")
        heartbeat.stop()
        try await hear("STOPPING=1")
    }
}
