import Operations

/// The requests the API has had, as far as refusals depend on them.
struct Traffic: Sendable {
    private static let span = Duration.seconds(60)

    /// The times of the latest requests, oldest first: of the last 60 seconds, and no more than tell if the quota is kept.
    private var times: [Timestamp] = []
    private var lists = 0

    /// Takes down a request at a moment, which must not be before that of the last one. False where as many as the quota
    /// came in the 60 seconds before; a quota of 0 takes every request, and forgets those before.
    mutating func admit(at now: Timestamp, quota: Int) -> Bool {
        let recent = times.suffix(quota).drop { now - $0 >= Traffic.span }
        let isWithin = quota == 0 || recent.count < quota
        if recent.count < times.count { times = Array(recent) }
        if quota > 0 { times.append(now) }
        return isWithin
    }

    /// Takes down a request for a list, and gives its number, the first one's being 1.
    mutating func countList() -> Int {
        lists += 1
        return lists
    }

    /// Has the next request for a list be the first one again.
    mutating func restartLists() {
        lists = 0
    }
}
