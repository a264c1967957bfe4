import Glibc
import TestSupport
import Testing

@testable import Systemd

struct ServiceManagerTests {
    private func started(_ environment: [String: String]) -> ServiceManager? {
        ServiceManager { environment[$0] }
    }

    @Test func `what it is told arrives at a path`() throws {
        let folder = try TemporaryFolder()
        let socket = try DatagramSocket(bound: folder.path + "/notify")
        try #require(started(["NOTIFY_SOCKET": folder.path + "/notify"])).tell(["READY=1", "STATUS=Serving"])
        #expect(socket.next() == "READY=1\nSTATUS=Serving")
    }

    @Test func `what it is told arrives at an abstract name`() throws {
        let name = "@twilio-comms-exporter-tests-\(getpid())"
        let socket = try DatagramSocket(bound: name)
        try #require(started(["NOTIFY_SOCKET": name])).tell(["STOPPING=1"])
        #expect(socket.next() == "STOPPING=1")
    }

    @Test func `without a socket there is none to be told`() {
        #expect(started([:]) == nil)
        #expect(started(["NOTIFY_SOCKET": ""]) == nil)
    }

    @Test(arguments: [
        ("/nonexistent/notify", "No such file or directory"), ("vsock:2:1234", "it names no Unix socket"),
        ("/" + String(repeating: "a", count: 107), "File name too long"),
        ("/" + String(repeating: "a", count: 106), "No such file or directory"),
    ])
    func `a socket that cannot be reached is one line`(name: String, problem: String) throws {
        let manager = try #require(started(["NOTIFY_SOCKET": name]))
        let error = #expect(throws: ServiceManagerError.self) { try manager.tell(["READY=1"]) }
        #expect(error?.description == "cannot reach the service manager at \(name) (NOTIFY_SOCKET): \(problem)")
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"], .seconds(30)),
        (["WATCHDOG_USEC": "1500000"], .milliseconds(1500)), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
    ])
    func `the watchdog is the process's own`(environment: [String: String], time: Duration?) throws {
        let manager = try #require(started(environment.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }))
        #expect(manager.watchdogTime == time)
    }
}
