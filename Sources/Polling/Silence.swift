internal import CommsAPI

/// Tells since when the API has given no answer that it owes.
struct Silence {
    /// The time that it may last before the log says so: as long as one request may take.
    static let patience = Duration.seconds(60)

    /// The time of the first request that has had no answer, also if it has failed since and was sent again.
    private(set) var began: ContinuousClock.Instant?
    /// The times of the requests that are under way.
    private var waiting: [ContinuousClock.Instant] = []

    /// Takes in an event; one of a request that was sent before this value was made ends no other.
    mutating func note(_ event: RequestEvent) {
        switch event {
        case .sending(let moment):
            waiting.append(moment)
            began = began ?? moment
        case .finished(nil, _, let sentAt, _):
            remove(sentAt)
        case .finished(_, _, let sentAt, let receivedAt), .refused(let sentAt, let receivedAt):
            remove(sentAt)
            // Any answer is one: from now on begins the wait of all others.
            began = waiting.isEmpty ? nil : receivedAt
        case .canceled(let sentAt):
            remove(sentAt)
            began = waiting.min().map { first in began.map { max($0, first) } ?? first }
        case .retrying, .throttled: break
        }
    }

    private mutating func remove(_ moment: ContinuousClock.Instant) {
        if let place = waiting.firstIndex(of: moment) { waiting.remove(at: place) }
    }
}
