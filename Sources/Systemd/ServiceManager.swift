internal import Glibc

/// The service manager that started this process and wants to hear of it, by the protocol of
/// https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
package struct ServiceManager: Sendable {
    /// How often it wants to hear that the process is alive; nil if it does not.
    /// https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
    package let watchdogTime: Duration?
    private let socketName: String

    /// Nil where nobody wants to hear anything.
    package init?(environment: (String) -> String? = variable) {
        guard let name = environment("NOTIFY_SOCKET"), !name.isEmpty else { return nil }
        socketName = name
        // The watchdog may be meant for a parent of this process.
        let isOurs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        watchdogTime = isOurs ? environment("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap(Self.time) : nil
    }

    /// Tells it what has changed, one assignment each, such as `READY=1` and `STATUS=Serving`. Throws where there is nobody to
    /// hear it.
    package func tell(_ assignments: [String]) throws(ServiceManagerError) {
        guard let first = socketName.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else {
            throw ServiceManagerError(socketName: socketName, problem: "it names no Unix socket")
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServiceManagerError(socketName: socketName, errno: errno) }
        defer { close(descriptor) }
        limitSending(on: descriptor)
        guard let (address, length) = Self.address(of: socketName) else {
            throw ServiceManagerError(socketName: socketName, errno: ENAMETOOLONG)
        }
        let message = Array(assignments.joined(separator: "\n").utf8)
        let sent = withUnsafeBytes(of: address) { bytes in
            sendto(
                descriptor, message, message.count, Int32(MSG_NOSIGNAL),
                bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, length)
        }
        guard sent == message.count else { throw ServiceManagerError(socketName: socketName, errno: errno) }
    }

    /// Tells it that the configuration is being read again, which `READY=1` ends.
    package func tellReloading() throws(ServiceManagerError) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        // By the time it knows that this answers its own request, and none before it.
        try tell(["RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"])
    }

    /// Lets no message wait for more than half a second: a manager that hears nothing must not keep this process from stopping.
    private func limitSending(on descriptor: Int32) {
        var limit = timeval(tv_sec: 0, tv_usec: 500_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func time(microseconds: Int64) -> Duration? {
        microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Nil if the name is too long for one.
    private static func address(of name: String) -> (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        // An abstract name begins with NUL, and is as long as it says and not up to the next NUL: unix(7).
        if path[0] == UInt8(ascii: "@") { path[0] = 0 } else { path.append(0) }
        guard path.count <= MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return (address, socklen_t(MemoryLayout<sa_family_t>.size + path.count))
    }
}

/// Why the service manager cannot be told anything, as one line.
package struct ServiceManagerError: Error, Equatable, CustomStringConvertible {
    let socketName: String
    let problem: String

    init(socketName: String, problem: String) {
        self.socketName = socketName
        self.problem = problem
    }

    init(socketName: String, errno code: Int32) {
        self.init(socketName: socketName, problem: String(cString: strerror(code)))
    }

    package var description: String {
        "cannot reach the service manager at \(socketName) (NOTIFY_SOCKET): \(problem)"
    }
}

/// The value of an environment variable; nil if it is not set.
package func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
