internal import Operations

/// The unfinished operations of one status that the list of that status shows no longer: those to ask for now, and in which
/// way. A pure value: time comes in as an argument.
struct Chase {
    /// An operation that is missing from the list.
    struct Target: Equatable {
        let id: String
        let hash: UInt64
        let createdAt: Timestamp
    }

    private struct Pursuit {
        /// The rounds in which the operation was asked for in vain.
        var misses = 0
        var due: ContinuousClock.Instant
        var wasListed = false
    }

    /// More that are missing are not asked for one by one.
    static let mostFetched = 5
    /// The longest wait before an operation is asked for again: `week` comes as often.
    private static let longestWait = Duration.seconds(1800)

    private var pursuits: [UInt64: Pursuit] = [:]
    /// Rounds in a row in which the API answered no fetch.
    private var muteRounds = 0
    private var fetchesDue: ContinuousClock.Instant?

    /// Sorts those that are due by the way in which to ask for them: by their id, or by a list of the time of their creation. Many
    /// are listed; those that a list has not shown before are fetched. `missing` is all that are missing now.
    mutating func turn(_ missing: [Target], at now: ContinuousClock.Instant) -> (byID: [Target], inLists: [Target]) {
        let hashes = Set(missing.map(\.hash))
        pursuits = pursuits.filter { hashes.contains($0.key) }
        let due = missing.filter { target in pursuits[target.hash].map { $0.due <= now } ?? true }
        guard fetchesDue.map({ $0 <= now }) ?? true else { return ([], due) }
        let listed = due.filter { pursuits[$0.hash]?.wasListed ?? false }
        let others = due.filter { !(pursuits[$0.hash]?.wasListed ?? false) }
        guard others.count <= Self.mostFetched else { return (Array(listed.prefix(Self.mostFetched)), others) }
        return (Array((others + listed).prefix(Self.mostFetched)), [])
    }

    /// Notes that operations are about to be asked for. Until they are missing no longer, this is in vain, and they wait longer
    /// each time.
    mutating func begin(_ targets: [Target], at now: ContinuousClock.Instant, interval: Duration) {
        for target in targets {
            var pursuit = pursuits[target.hash] ?? Pursuit(due: now)
            pursuit.misses += 1
            pursuit.due = now + Self.wait(after: pursuit.misses, interval: interval)
            pursuits[target.hash] = pursuit
        }
    }

    /// Notes that operations are looked for in lists.
    mutating func noteListed(_ targets: [Target]) {
        for target in targets { pursuits[target.hash]?.wasListed = true }
    }

    /// Notes if the API answered any of the fetches of a round. If it did not, the next rounds only list, for 3 intervals, then 7
    /// and so on.
    mutating func noteFetches(answered: Bool, at now: ContinuousClock.Instant, interval: Duration) {
        muteRounds = answered ? 0 : muteRounds + 1
        fetchesDue = answered ? nil : now + Self.wait(after: muteRounds + 2, interval: interval)
    }

    /// None after the first time, so that the next poll asks; then 1, 3, 7 intervals and so on.
    private static func wait(after misses: Int, interval: Duration) -> Duration {
        min(interval * ((1 << min(misses - 1, 20)) - 1), longestWait)
    }

    /// The spans of creation to list so that all targets are shown, and the targets of each, the newest first. Those that are
    /// at most `gap` apart share one.
    static func spans(of targets: [Target], gap: Duration) -> [(slice: Slice, targets: [Target])] {
        var groups: [[Target]] = []
        for target in targets.sorted(by: { $0.createdAt > $1.createdAt }) {
            if let last = groups.last?.last, last.createdAt - target.createdAt <= gap {
                groups[groups.count - 1].append(target)
            } else {
                groups.append([target])
            }
        }
        return groups.compactMap { group in
            guard let newest = group.first, let oldest = group.last else { return nil }
            return (Slice(start: oldest.createdAt, end: newest.createdAt), group)
        }
    }
}
