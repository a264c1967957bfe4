package import CommsAPI
package import Exposition
internal import Operations

/// What the account's requests came to, since this process began.
package struct RequestTally: Equatable, Sendable {
    /// By HTTP status; nil where there was none, or one that was cut off.
    package private(set) var codes: [Int?: Int64] = [:]
    package private(set) var retries: [FailureReason: Int64] = [:]
    /// Seconds waited because the API asked for it.
    package private(set) var throttledSeconds = 0.0
    package private(set) var seconds = Histogram(bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])

    package init() {}

    mutating func note(_ event: RequestEvent) {
        switch event {
        case .sending, .canceled: break
        case .finished(let code, _, let sentAt, let receivedAt):
            note(code, sentAt, receivedAt)
        case .refused(let sentAt, let receivedAt):
            note(nil, sentAt, receivedAt)
        case .retrying(let error, _):
            if let reason = error.reason { retries[reason, default: 0] += 1 }
        case .throttled(let wait):
            throttledSeconds += wait.inSeconds
        }
    }

    private mutating func note(_ code: Int?, _ sentAt: ContinuousClock.Instant, _ receivedAt: ContinuousClock.Instant) {
        codes[code, default: 0] += 1
        seconds.observe((receivedAt - sentAt).inSeconds)
    }
}
