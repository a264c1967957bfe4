import Glibc
import Locking
import TestSupport

import class Foundation.Thread

/// A server's side of TCP that says the same bytes to every request, whatever they are, and closes.
///
/// Serves on a thread of its own, one connection after the other, to the end of the program.
final class AnsweringPeer: Sendable {
    let port: UInt16
    private let bytes = Locked<[UInt8]>([])

    /// What is said to the next requests.
    var answer: [UInt8] {
        get { bytes.withLock { $0 } }
        set { bytes.withLock { $0 = newValue } }
    }

    init() throws(RawSocketError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        port = try bindToLoopback(descriptor)
        guard listen(descriptor, 64) == 0 else { throw RawSocketError(operation: "listen on", code: errno) }
        Thread.detachNewThread { [self] in serve(descriptor) }
    }

    private func serve(_ listener: Int32) {
        while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
            if hasRequest(descriptor) {
                answer.withUnsafeBytes { _ = send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            close(descriptor)
        }
    }

    /// Reads up to the empty line; requests without a body only.
    private func hasRequest(_ descriptor: Int32) -> Bool {
        var head: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0 else { return false }
            head += part[..<count]
        }
        return true
    }
}
