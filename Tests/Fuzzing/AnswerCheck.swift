import CommsAPI
import HTTPClient
import Locking
import Operations
import TestSupport

/// Answers the client with any bytes, from the status line on, and holds what it makes of them against what is promised.
package final class AnswerCheck: Sendable {
    private static let userName = "AC0123456789abcdef0123456789abcdef"
    private static let secret = "the/secret+of=all"
    /// `userName:secret` as the Authorization header has it.
    private static let authorization = "QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0aGUvc2VjcmV0K29mPWFsbA=="

    private let http: HTTPClient
    private let peer: AnsweringPeer

    package init() throws {
        http = try HTTPClient()
        peer = try AnsweringPeer()
    }

    package func run(_ bytes: [UInt8]) async throws {
        peer.answer = bytes
        let events = Locked<[RequestEvent]>([])
        let client = try client { event in events.withLock { $0.append(event) } }
        do throws(CommsError) {
            for try await _ in client.pages(of: ListQuery(resource: .messages, window: CreationWindow())) {}
        } catch {
            try judge(error)
        }
        for event in events.withLock({ $0 }) { try judge(event) }
    }

    private func client(observe: @escaping @Sendable (RequestEvent) -> Void) throws -> CommsClient {
        guard let url = BaseURL("http://127.0.0.1:\(peer.port)") else { throw BrokenPromise("no base URL") }
        let waited = Locked<Duration>(.zero)
        let start = ContinuousClock.now
        let timing = RequestTiming(
            now: { start + waited.withLock { $0 } }, sleep: { time in waited.withLock { $0 += time } },
            jitter: { $0 / 2 })
        let credentials = Credentials(userName: Self.userName, secret: Self.secret)
        return CommsClient(
            baseURL: url, credentials: { credentials }, userAgent: "fuzz", http: http, maximumPages: 3,
            timing: timing, observe: observe)
    }

    /// One line that shows, without anything secret.
    private func judge(_ error: CommsError) throws(BrokenPromise) {
        let text = error.description
        for secret in [Self.userName, Self.secret, Self.authorization] {
            try promise(!text.contains(secret), "a secret in the error: \(text)")
        }
        try promise(text.unicodeScalars.allSatisfy(staysOnItsLine), "not one line that shows: \(text)")
        try promise(text.utf8.count < 2000, "an error of \(text.utf8.count) bytes")
    }

    /// What the contract says of times: the API's clock is a date, and no answer keeps us waiting for long.
    private func judge(_ event: RequestEvent) throws(BrokenPromise) {
        switch event {
        case .sending, .canceled: break
        case .finished(_, let date, let sentAt, let receivedAt):
            try promise(sentAt <= receivedAt, "received before it was sent")
            try promise(date.map { 0...253_402_300_799 ~= $0.wholeSeconds } ?? true, "a date that is none")
        case .refused(let sentAt, let receivedAt):
            try promise(sentAt <= receivedAt, "cut off before it was sent")
        case .retrying(let error, let wait):
            try judge(error)
            try promise(.zero...Duration.seconds(301) ~= wait, "a retry after \(wait)")
        case .throttled(let wait):
            try promise(.zero...Duration.seconds(301) ~= wait, "a pause of \(wait)")
        }
    }
}

private func staysOnItsLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
}
