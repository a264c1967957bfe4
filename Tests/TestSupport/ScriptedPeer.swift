import Foundation
import Glibc

/// A server's side of TCP that answers each request with exactly the bytes a test wants, also such as no server sends.
///
/// Requests without a body only. Runs until deinit, on threads of its own.
package final class ScriptedPeer: Sendable {
    package enum Ending: Sendable {
        /// Reads the next request of the connection.
        case keepOpen
        case close
        /// Closes so that the client meets ECONNRESET.
        case reset
        /// Says nothing more, until the client closes.
        case hang
    }

    package struct Answer: Sendable {
        let bytes: [UInt8]
        let ending: Ending
        /// Sent after `bytes`, again and again, and never held in memory all at once.
        private(set) var refrain: (bytes: [UInt8], times: Int, pause: UInt32) = ([], 0, 0)

        package init(_ text: String = "", then ending: Ending = .close) {
            self.init(Array(text.utf8), then: ending)
        }

        package init(_ bytes: [UInt8], then ending: Ending = .close) {
            self.bytes = bytes
            self.ending = ending
        }

        /// The answer, followed by a refrain so many times, or until the client has had enough; `pause` is how many
        /// microseconds pass before each.
        package func followed(by bytes: [UInt8], times: Int, pause: UInt32 = 0) -> Answer {
            var answer = self
            answer.refrain = (bytes, times, pause)
            return answer
        }
    }

    package struct Request: Sendable {
        /// From the request line to the empty line.
        package let head: String
        /// 1 for the first connection.
        package let connection: Int
    }

    package let port: UInt16
    /// Every request, as it comes; for one reader.
    package let requests: AsyncStream<Request>
    private let descriptor: Int32

    package var url: String { "http://127.0.0.1:\(port)" }

    /// Gives the answers in turn, and the last one again and again.
    package convenience init(_ answers: Answer...) throws(RawSocketError) {
        let script = Turns(answers: answers)
        try self.init { _ in script.next() }
    }

    /// Asks `answer` for each answer, on a thread of the connection's own, where it may block.
    package init(_ answer: @escaping @Sendable (Request) -> Answer) throws(RawSocketError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawSocketError(operation: "make", code: errno) }
        self.descriptor = descriptor
        port = try bindToLoopback(descriptor)
        guard listen(descriptor, 64) == 0 else { throw RawSocketError(operation: "listen on", code: errno) }
        let (requests, seen) = AsyncStream.makeStream(of: Request.self)
        self.requests = requests
        let script = Script(answer: answer, seen: seen)
        Thread.detachNewThread { script.accept(on: descriptor) }
    }

    deinit {
        // Ends accept(2) on the thread that waits in it, which then closes the descriptor.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

/// Answers that are given in turn.
private final class Turns: @unchecked Sendable {
    // Proof of Sendable: `answers` is touched under the lock only.
    private let lock = NSLock()
    private var answers: [ScriptedPeer.Answer]

    init(answers: [ScriptedPeer.Answer]) {
        self.answers = answers
    }

    func next() -> ScriptedPeer.Answer {
        lock.withLock { answers.count > 1 ? answers.removeFirst() : answers[0] }
    }
}

private final class Script: Sendable {
    private let answer: @Sendable (ScriptedPeer.Request) -> ScriptedPeer.Answer
    private let seen: AsyncStream<ScriptedPeer.Request>.Continuation

    init(
        answer: @escaping @Sendable (ScriptedPeer.Request) -> ScriptedPeer.Answer,
        seen: AsyncStream<ScriptedPeer.Request>.Continuation
    ) {
        self.answer = answer
        self.seen = seen
    }

    func accept(on listener: Int32) {
        var connection = 0
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            connection += 1
            Thread.detachNewThread { [connection] in
                self.serve(descriptor, connection)
                close(descriptor)
            }
        }
        close(listener)
        seen.finish()
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        while let head = readHead(descriptor) {
            let request = ScriptedPeer.Request(head: head, connection: connection)
            seen.yield(request)
            let answer = answer(request)
            say(answer, descriptor)
            switch answer.ending {
            case .keepOpen: continue
            case .close: return
            case .reset: return resetOnClose(descriptor)
            case .hang: return readToEnd(descriptor)
            }
        }
    }

    private func say(_ answer: ScriptedPeer.Answer, _ descriptor: Int32) {
        guard sendAll(answer.bytes, descriptor) else { return }
        for _ in 0..<answer.refrain.times {
            if answer.refrain.pause > 0 { usleep(answer.refrain.pause) }
            guard sendAll(answer.refrain.bytes, descriptor) else { return }
        }
    }
}

/// False where the client is gone.
private func sendAll(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
}

private func readHead(_ descriptor: Int32) -> String? {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.ends(with: "\r\n\r\n".utf8) {
        guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
        head.append(byte)
    }
    return String(decoding: head, as: UTF8.self)
}

private func readToEnd(_ descriptor: Int32) {
    var byte: UInt8 = 0
    while recv(descriptor, &byte, 1, 0) == 1 {}
}

private func resetOnClose(_ descriptor: Int32) {
    var lingering = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
}

extension [UInt8] {
    fileprivate func ends(with suffix: String.UTF8View) -> Bool {
        self.suffix(suffix.count).elementsEqual(suffix)
    }
}
