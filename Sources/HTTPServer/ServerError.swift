import Glibc

/// Why a server could not start, as one line that names the address and says what to do.
package struct ServerError: Error, Equatable, CustomStringConvertible {
    package let address: ListenAddress
    package let problem: String

    package var description: String { "cannot listen on \(address): \(problem)" }
}

extension ServerError {
    /// What the errno of socket(2), bind(2) or listen(2) means for the user.
    init(_ address: ListenAddress, errno code: Int32) {
        self.address = address
        problem =
            switch code {
            case EADDRINUSE: "address already in use; stop the program that holds it or choose another listen address"
            case EADDRNOTAVAIL: "this machine has no such address; choose another listen address"
            case EACCES: "permission denied; choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE"
            case EMFILE, ENFILE: "too many open files; raise the limit of open files (ulimit -n)"
            default: String(cString: strerror(code))
            }
    }
}
