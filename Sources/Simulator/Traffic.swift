import Operations

/// The requests the API has had, as far as refusals depend on them.
struct Traffic: Sendable {
    private static let span = Duration.seconds(60)

    /// The times of the latest requests, oldest first: of the last 60 seconds, and no more than tell if the quota is kept.
    private var times: [Timestamp] = []
    private var lists = 0

    /// Records a request at `now`, which is never earlier than at the last call. Returns false if the quota was used up in the
    /// 60 seconds before. A quota of 0 lets every request in, and forgets the earlier ones.
    mutating func admit(at now: Timestamp, quota: Int) -> Bool {
        let recent = times.suffix(quota).drop { now - $0 >= Traffic.span }
        let isWithin = quota == 0 || recent.count < quota
        if recent.count < times.count { times = Array(recent) }
        if quota > 0 { times.append(now) }
        return isWithin
    }

    /// Records a request for a list. Returns its number, from 1.
    mutating func countList() -> Int {
        lists += 1
        return lists
    }

    /// Counts requests for lists from 1 again.
    mutating func restartLists() {
        lists = 0
    }
}
