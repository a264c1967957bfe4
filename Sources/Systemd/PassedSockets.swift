internal import Glibc

/// The sockets that systemd opened for this process before it started it, by the protocol of
/// https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
package enum PassedSockets {
    /// Takes them over: none is passed on to another program, and the variables that told of them are gone. To be called
    /// once, before there are threads that read the environment. Throws unless there is at least one, and each is a TCP
    /// socket that listens.
    package static func take() throws(PassedSocketsError) -> [Int32] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        return try descriptors(from: 3, environment: variable)
    }

    /// `first` is the number of the first one.
    static func descriptors(
        from first: Int32, environment: (String) -> String?
    ) throws(PassedSocketsError) -> [Int32] {
        // The variables may have been meant for a parent of this process.
        guard let count = environment("LISTEN_FDS"), environment("LISTEN_PID") == String(getpid()) else {
            throw PassedSocketsError("systemd passed no sockets to this process; start it by a .socket unit")
        }
        guard let number = Int32(count), (1...1024).contains(number) else {
            throw PassedSocketsError(
                "systemd passed \"\(count)\" sockets (LISTEN_FDS); name at least one in the .socket unit")
        }
        let descriptors = Array(first..<first + number)
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if let kind = otherKind(of: descriptor) { throw PassedSocketsError(descriptor, is: kind) }
        }
        return descriptors
    }

    /// What a descriptor is if it is no TCP socket that listens.
    private static func otherKind(of descriptor: Int32) -> String? {
        guard fcntl(descriptor, F_GETFD) >= 0 else { return "not open" }
        guard let family = option(SO_DOMAIN, of: descriptor) else { return "no socket" }
        guard family == AF_INET || family == AF_INET6 else {
            return family == AF_UNIX ? "a Unix socket" : "a socket of family \(family)"
        }
        guard option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue) else { return "no stream socket" }
        return option(SO_ACCEPTCONN, of: descriptor) == 1 ? nil : "a connection"
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}

/// Why systemd's sockets cannot be used, as one line.
package struct PassedSocketsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    fileprivate init(_ description: String) {
        self.description = description
    }

    fileprivate init(_ descriptor: Int32, is kind: String) {
        description =
            "descriptor \(descriptor) from systemd is \(kind), not a TCP socket that listens;"
            + " use ListenStream= with a port or an address, and Accept=no, in the .socket unit"
    }
}
