internal import CommsAPI

/// Tells since when the API has given no answer that it owes.
struct Silence {
    /// The time that it may last before the log says so: as long as one request may take.
    static let patience = Duration.seconds(60)

    /// The time of the first request that has had no answer, also if it has failed since and was sent again.
    private(set) var began: ContinuousClock.Instant?
    /// The requests that are under way.
    private var sent = 0

    mutating func note(_ event: RequestEvent) {
        switch event {
        case .sending(let moment):
            sent += 1
            began = began ?? moment
        case .finished(let code, _, _, let receivedAt):
            sent = max(0, sent - 1)
            // Any answer is one: what others wait for, they wait for from now on.
            if code != nil { began = sent > 0 ? receivedAt : nil }
        case .retrying, .throttled: break
        }
    }
}
