import Glibc

/// A client's side of a TCP connection that says exactly the bytes a test wants; closes in deinit.
///
/// Every wait is bounded by 20 seconds, so that a server that neither answers nor closes fails the test.
package final class RawSocket {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects from `source`, where it is given; both are of the same family. A small `receiveBuffer`, in bytes, lets a
    /// client that reads nothing hold up the server soon.
    package init(
        port: UInt16, host: String = "127.0.0.1", from source: String? = nil, receiveBuffer: Int32? = nil
    ) throws(RawSocketError) {
        let family = host.contains(":") ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawSocketError(operation: "socket", code: errno) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        if let source {
            guard withAddress(source, 0, { bind(descriptor, $0, $1) }) == 0 else {
                throw RawSocketError(operation: "bind", code: errno)
            }
        }
        // Linux goes on with a connection whose first call was interrupted.
        guard uninterrupted({ withAddress(host, port) { connect(descriptor, $0, $1) } }) == 0 else {
            throw RawSocketError(operation: "connect", code: errno)
        }
    }

    deinit { close(descriptor) }

    package func send(_ text: String) throws(RawSocketError) {
        try send(Array(text.utf8))
    }

    package func send(_ bytes: [UInt8]) throws(RawSocketError) {
        var sent = 0
        while sent < bytes.count {
            let count = uninterrupted {
                bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
            }
            guard count > 0 else { throw RawSocketError(operation: "send", code: errno) }
            sent += count
        }
    }

    /// Whether the server has closed or reset the connection, whatever there is still to read.
    package var isClosed: Bool {
        // POLLRDHUP, which the C library shows only to GNU programs.
        var entry = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Tells the server that nothing more will come; it can still answer.
    package func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Everything up to the moment the server closes or resets the connection.
    package func readToEnd() throws(RawSocketError) -> String {
        String(decoding: try readBytesToEnd(), as: UTF8.self)
    }

    /// The same as it came, which need not be text.
    package func readBytesToEnd() throws(RawSocketError) -> [UInt8] {
        while try receive() {}
        defer { received = [] }
        return received
    }

    /// One response, its body by Content-Length; none is read where `hasBody` is false, as after HEAD.
    package func readResponse(hasBody: Bool = true) throws(RawSocketError) -> RawResponse {
        var response = RawResponse(received)
        while response == nil {
            guard try receive() else { throw RawSocketError(operation: "read before the end of", code: 0) }
            response = RawResponse(received)
        }
        guard var response else { throw RawSocketError(operation: "read", code: 0) }
        let length = response.headerLength + (hasBody ? response.contentLength : 0)
        while received.count < length {
            guard try receive() else { throw RawSocketError(operation: "read the body before the end of", code: 0) }
        }
        response.bytes = Array(received[response.headerLength..<length])
        received.removeFirst(length)
        return response
    }

    /// Appends what has come; false at the end of the stream.
    private func receive() throws(RawSocketError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = uninterrupted { recv(descriptor, &buffer, buffer.count, 0) }
        guard count >= 0 || errno == ECONNRESET else { throw RawSocketError(operation: "recv", code: errno) }
        guard count > 0 else { return false }
        received += buffer[..<count]
        return true
    }
}

/// Calls again where a signal came in between, as libFuzzer's alarm does.
private func uninterrupted<Number: BinaryInteger>(_ call: () -> Number) -> Number {
    while true {
        let count = call()
        if count >= 0 || errno != EINTR { return count }
    }
}

/// What failed on a socket.
package struct RawSocketError: Error, CustomStringConvertible {
    package let operation: String
    package let code: Int32

    package init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    package var description: String { "cannot \(operation) the connection: \(String(cString: strerror(code)))" }
}

/// Calls `body` with a literal address as connect(2) and bind(2) want it.
private func withAddress(
    _ host: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    if host.contains(":") {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        inet_pton(AF_INET6, host, &address.sin6_addr)
        return withBytes(of: &address, body)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withBytes(of: &address, body)
}

private func withBytes<Address>(
    of address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    withUnsafeBytes(of: &address) { bytes in
        body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t(MemoryLayout<Address>.size))
    }
}
