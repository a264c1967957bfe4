import Glibc
import Testing

@testable import Systemd

struct PassedSocketsTests {
    /// A new socket, closed in deinit.
    private final class Socket {
        let descriptor: Int32

        init(_ family: Int32, _ type: __socket_type, listening: Bool) {
            descriptor = socket(family, Int32(type.rawValue), 0)
            if listening { #expect(listen(descriptor, 1) == 0) }
        }

        deinit { close(descriptor) }
    }

    private func take(_ count: String, from first: Int32, processID: String = "\(getpid())") throws -> [Int32] {
        let environment = ["LISTEN_FDS": count, "LISTEN_PID": processID]
        return try PassedSockets.descriptors(from: first) { environment[$0] }
    }

    @Test(arguments: [AF_INET, AF_INET6])
    func `a TCP socket that listens is taken, and not passed on`(family: Int32) throws {
        let socket = Socket(family, SOCK_STREAM, listening: true)
        #expect(try take("1", from: socket.descriptor) == [socket.descriptor])
        #expect(fcntl(socket.descriptor, F_GETFD) == FD_CLOEXEC)
    }

    @Test func `anything else is refused by name`() {
        let unix = Socket(AF_UNIX, SOCK_STREAM, listening: false)
        let datagrams = Socket(AF_INET, SOCK_DGRAM, listening: false)
        let connection = Socket(AF_INET, SOCK_STREAM, listening: false)
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        for (descriptor, kind) in [
            (unix.descriptor, "a Unix socket"), (datagrams.descriptor, "no stream socket"),
            (connection.descriptor, "a connection"), (file, "no socket"), (1_000_000, "not open"),
        ] {
            let error = #expect(throws: PassedSocketsError.self) { try take("1", from: descriptor) }
            #expect(
                error?.description == "descriptor \(descriptor) from systemd is \(kind), not a TCP socket that listens;"
                    + " use ListenStream= with a port or an address, and Accept=no, in the .socket unit")
        }
    }

    @Test(arguments: ["0", "-1", "x", "", "1025", "99999999999"])
    func `a count that is none is one line`(count: String) {
        let error = #expect(throws: PassedSocketsError.self) { try take(count, from: 3) }
        #expect(
            error?.description
                == "systemd passed \"\(count)\" sockets (LISTEN_FDS); name at least one in the .socket unit")
    }

    @Test func `sockets of another process are none`() {
        let error = #expect(throws: PassedSocketsError.self) { try take("1", from: 3, processID: "1") }
        #expect(error?.description == "systemd passed no sockets to this process; start it by a .socket unit")
        #expect(throws: PassedSocketsError.self) { try PassedSockets.descriptors(from: 3) { _ in nil } }
    }
}
