import Operations

@testable import Ledger

/// The ledger's contract in plain Swift: no database, no fingerprints, no columns. Per operation and milestone it keeps
/// the highest value seen, and what that has counted.
struct ReferenceLedger {
    struct Held {
        var createdAt: Timestamp
        let countsFromZero: Bool
        var highest: [Milestone: Int64] = [:]
        var status = OperationStatus.unknown
        var updatedAt: Timestamp?
        var stats: [Stat: Int64] = [:]
        var wasCompleted = false
        var wasCanceled = false
        var hasExpired = false
        var wasExpired = false
        var leftAt: Timestamp?
        var verdict: StatsReading?
        var hasContradicted = false
        /// The number of the poll that first saw the present numbers, if they wait to be seen again.
        var waitingSince: Int?
        var fallen: Set<Milestone> = []
        var lateSince: Timestamp?
        var hasBaseline: Bool
        /// Milestones with a member that could never be read so far.
        var unread: Set<Milestone> = []
        var excess: [Milestone: Int64] = [:]
    }

    let forcedReading: StatsReading?
    var birth: Timestamp?
    var birthCertainty = BirthCertainty.open
    var edge: Timestamp?
    var accountReading = StatsReading.cumulative
    var poll = 0
    var windowIsComplete = false
    var held: [String: Held] = [:]
    var totals: [Total: Int64] = [:]
    var durations: [Duration] = []
    /// The creation times that have been listed, in milliseconds.
    var covered: [ClosedRange<Int64>] = []

    init(forcedReading: StatsReading?) {
        self.forcedReading = forcedReading
    }

    var reading: StatsReading { forcedReading ?? accountReading }

    mutating func record(_ page: [Operation], at now: Timestamp, wall: Timestamp) {
        if birth == nil {
            birth = Timestamp(seconds: min(now, wall).wholeSeconds)
            if abs((now - wall).milliseconds) >= 60_000 { birthCertainty = .doubted }
            edge = Timestamp(seconds: min(now, wall).wholeSeconds) - .seconds(7 * 86_400)
        }
        if birthCertainty == .open,
            page.contains(where: { held[$0.id] == nil && $0.createdAt > min(now, wall) + .seconds(1) })
        {
            birthCertainty = .doubted
        }
        let before = reading
        for operation in page { observe(operation, at: now, wall: wall) }
        turn()
        // Open looks may say more by another reading.
        guard reading != before else { return }
        for operation in page { observe(operation, at: now, wall: wall) }
        turn()
    }

    private mutating func observe(_ operation: Operation, at now: Timestamp, wall: Timestamp) {
        guard let birth, let edge else { return }
        let isNew = held[operation.id] == nil
        // What has left retention may have been counted and forgotten.
        let oldest = min(now, wall) - .seconds(7 * 86_400)
        if isNew && (operation.createdAt <= edge || operation.createdAt <= oldest) { return }
        let isOurs = operation.createdAt >= birth && birthCertainty != .doubted
        let isBlank = operation.stats.isEmpty
        var known =
            held[operation.id]
            ?? Held(
                createdAt: operation.createdAt, countsFromZero: isOurs,
                hasBaseline: isOurs || isBlank && operation.status == .scheduled)
        if isNew {
            totals[.operationsHeld, default: 0] += 1
            if known.countsFromZero { totals[.operationsSeen, default: 0] += 1 }
        }
        let isLate = known.isLate(operation, at: now)
        known.lateSince = isLate ? min(known.lateSince ?? now, now) : nil
        let wasShown = !isNew && !known.hasExpired && known.status.isUnfinished
        known.createdAt = max(known.createdAt, operation.createdAt)
        if (now - known.createdAt).milliseconds < 35 * 86_400_000 { known.hasExpired = false }
        if !isBlank { count(operation, isLate, &known) }
        if !isLate {
            finish(operation, isNew, &known)
            if wasShown, !operation.status.isUnfinished { known.leftAt = now }
            known.status = operation.status
            known.updatedAt = operation.updatedAt ?? known.updatedAt
        }
        let isShown = !known.hasExpired && known.status.isUnfinished
        if isShown || known.createdAt > edge { known.leftAt = nil }
        held[operation.id] = known
    }

    /// Counts the stats of one look.
    private mutating func count(_ operation: Operation, _ isLate: Bool, _ known: inout Held) {
        let look = StatsLook(operation.stats, after: known.stats)
        defer { if !isLate { known.stats = look.stats } }
        let decided = forcedReading ?? look.verdict
        let reading = decided ?? accountReading
        known.begin(with: look, operation.stats, forcedReading)
        let isGuess = decided == nil && (reading == .cumulative || look.contradicts(nil))
        let counts = known.counts(look, reading, isGuess, isLate, poll)
        for milestone in Milestone.allCases {
            if !isLate, known.falls(milestone, look, reading, counts[milestone]) {
                totals[.regressions(milestone), default: 0] += 1
            }
            totals[.gained(milestone), default: 0] += known.raise(milestone, to: counts[milestone])
        }
        guard !isLate else { return }
        known.verdict = look.verdict ?? known.verdict
        if !known.hasContradicted, look.contradicts(forcedReading) {
            known.hasContradicted = true
            totals[.contradictions, default: 0] += 1
        }
    }

    /// Nine in ten of at least ten verdicts make the account exclusive, and it stays so down to eight.
    private mutating func turn() {
        let verdicts = held.values.compactMap(\.verdict)
        let exclusive = verdicts.count { $0 == .exclusive }
        for reading in StatsReading.allCases {
            totals[.verdicts(reading)] = Int64(verdicts.count { $0 == reading })
        }
        let share = verdicts.isEmpty ? 1 : Double(exclusive) / Double(verdicts.count)
        switch accountReading {
        case .cumulative: if verdicts.count >= 10 && share >= 0.9 { accountReading = .exclusive }
        case .exclusive: if share < 0.8 { accountReading = .cumulative }
        }
    }

    private mutating func finish(_ operation: Operation, _ isNew: Bool, _ known: inout Held) {
        let isBaseline = isNew && !known.countsFromZero
        if operation.status == .completed && !known.wasCompleted {
            known.wasCompleted = true
            if !isBaseline {
                totals[.operationsCompleted, default: 0] += 1
                let duration = operation.updatedAt.map { $0 - known.createdAt }
                if let duration, duration >= .zero { durations.append(duration) }
            }
        }
        if operation.status == .canceled && !known.wasCanceled {
            known.wasCanceled = true
            if !isBaseline { totals[.operationsCanceled, default: 0] += 1 }
        }
    }

    mutating func retire(at now: Timestamp) {
        let target = now - .seconds(7 * 86_400)
        guard birthCertainty != .doubted, let birth, let last = edge, target > last else { return }
        for (id, operation) in held where operation.createdAt <= now - .seconds(35 * 86_400) { expire(id) }
        for (id, operation) in held where operation.createdAt <= target - .seconds(3600) {
            let isOld = operation.createdAt <= now - .seconds(35 * 86_400 + 3600)
            let isDone = operation.hasExpired ? isOld : !operation.status.isUnfinished
            guard isDone, operation.leftAt.map({ $0 <= now - .seconds(3600) }) ?? true else { continue }
            held[id] = nil
            totals[.operationsHeld, default: 0] -= 1
        }
        turn()
        totals[.coverageGapMilliseconds, default: 0] += gap(from: max(last, birth), to: target)
        edge = target
    }

    mutating func expire(_ id: String) {
        guard var known = held[id], known.status.isUnfinished, !known.hasExpired else { return }
        known.hasExpired = true
        if !known.wasExpired { totals[.expiredUnfinished, default: 0] += 1 }
        known.wasExpired = true
        held[id] = known
    }

    mutating func beginAfresh() {
        let recoveries = totals[.recoveries, default: 0]
        self = ReferenceLedger(forcedReading: forcedReading)
        totals[.recoveries] = recoveries + 1
    }

    mutating func cover(from start: Timestamp, to end: Timestamp) {
        guard let birth, max(start, birth) <= end else { return }
        covered.append(max(start, birth).milliseconds...end.milliseconds)
    }

    mutating func giveUp(before limit: Timestamp) {
        guard let birth, let edge, max(birth, edge) < limit else { return }
        totals[.coverageGapMilliseconds, default: 0] += gap(from: max(birth, edge), to: limit)
        cover(from: max(birth, edge), to: limit)
    }

    mutating func uncover(after now: Timestamp) {
        covered = covered.filter { $0.lowerBound <= now.milliseconds }.map {
            $0.lowerBound...min($0.upperBound, now.milliseconds)
        }
    }

    mutating func settleBirth(listedSince start: Timestamp, isComplete: Bool) {
        guard let birth else { return }
        guard birthCertainty == .doubted else {
            birthCertainty = .settled
            return
        }
        let newest = held.values.filter { !$0.hasExpired }.map(\.createdAt).max()
        guard isComplete || newest ?? birth - .seconds(1_000_000_000) >= start else { return }
        birthCertainty = .settled
        if let newest, newest >= birth {
            self.birth = Timestamp(seconds: newest.wholeSeconds + 1)
        } else {
            cover(from: birth, to: start)
        }
    }

    /// Milliseconds that nothing covers: between any two bounds that follow each other it is all or nothing.
    private func gap(from start: Timestamp, to end: Timestamp) -> Int64 {
        guard start < end else { return 0 }
        let whole = start.milliseconds...end.milliseconds
        let bounds = covered.flatMap { [$0.lowerBound, $0.upperBound] }.filter(whole.contains)
        let points = Set(bounds + [whole.lowerBound, whole.upperBound]).sorted()
        return zip(points, points.dropFirst()).reduce(0) { gap, piece in
            let isCovered = covered.contains { $0.lowerBound <= piece.0 && piece.1 <= $0.upperBound }
            return gap + (isCovered ? 0 : piece.1 - piece.0)
        }
    }
}

// The gauges.
extension ReferenceLedger {
    private func isPastRetention(_ operation: Held) -> Bool { edge.map { operation.createdAt <= $0 } ?? false }

    /// The operations inside retention, and the unfinished past it, without those that have expired.
    private var window: [Held] {
        held.values.filter { !$0.hasExpired && ($0.status.isUnfinished || !isPastRetention($0)) }
    }

    /// Those that a status sweep can show.
    func unfinished(_ status: OperationStatus) -> Set<String> {
        Set(held.filter { $1.status == status && !$1.hasExpired && !isPastRetention($1) }.keys)
    }

    /// Those to be asked for by id.
    var overdue: Set<String> {
        Set(held.filter { isPastRetention($1) && ($1.status.isUnfinished ? !$1.hasExpired : $1.leftAt != nil) }.keys)
    }

    /// By status: operations, sums of stats, and the oldest creation.
    var sums: [OperationStatus: (operations: Int64, stats: [Stat: Int64], oldest: Timestamp)] {
        window.reduce(into: [:]) { sums, operation in
            var sum = sums[operation.status] ?? (0, [:], operation.createdAt)
            sum.operations += 1
            sum.stats.merge(operation.stats, uniquingKeysWith: +)
            sum.oldest = min(sum.oldest, operation.createdAt)
            sums[operation.status] = sum
        }
    }

    /// True if a later time has been seen than a clock can be wrong by.
    func isAhead(of now: Timestamp) -> Bool {
        let seen = [birth, edge.map { $0 + .seconds(7 * 86_400) }].compactMap(\.self).max()
        return seen.map { $0 > now + .seconds(86_400) } ?? false
    }
}

extension ReferenceLedger.Held {
    /// True if a report is of a replica that lags: older by more than a second, for less than a minute.
    func isLate(_ operation: Operation, at now: Timestamp) -> Bool {
        guard let new = operation.updatedAt, let last = updatedAt else { return false }
        let isOld = (last - new).milliseconds > 1000 && last <= now
        return isOld && (lateSince.map { (now - $0).milliseconds < 60_000 } ?? true)
    }

    /// Takes what is first told of an operation older than the ledger for its past.
    mutating func begin(with look: StatsLook, _ report: Stats, _ forced: StatsReading?) {
        let isRead = { (milestone: Milestone) in milestone.parts.allSatisfy { !report.isUnreadable($0) } }
        let begun = hasBaseline ? unread.filter(isRead) : Set(Milestone.allCases)
        if !hasBaseline { unread = begun.filter { !isRead($0) } }
        unread.subtract(begun.filter(isRead))
        hasBaseline = true
        let messages = highest[.messages] ?? 0
        let bounded = { (reading: StatsReading) in look.bounded(reading, messages: messages) }
        let first = bounded(forced ?? look.verdict ?? .cumulative)
        for milestone in begun {
            highest[milestone] = max(highest[milestone] ?? 0, first[milestone] ?? 0)
            let isOpen = forced != nil || look.verdict == nil
            guard isOpen, [.sent, .delivered].contains(milestone) else { continue }
            excess[milestone] = max(0, (bounded(.exclusive)[milestone] ?? 0) - (highest[milestone] ?? 0))
        }
    }

    /// The values that a look counts, and whether it waits to be seen again.
    mutating func counts(
        _ look: StatsLook, _ reading: StatsReading, _ isGuess: Bool, _ isLate: Bool, _ poll: Int
    ) -> [Milestone: Int64] {
        let messages = highest[.messages] ?? 0
        let cumulative = look.bounded(.cumulative, messages: messages)
        let exclusive = look.bounded(.exclusive, messages: messages).merging(excess) { max(0, $0 - $1) }
        let lower = cumulative.merging(exclusive) { min($0, $1) }
        guard reading == .exclusive, !isGuess else {
            if !isLate { waitingSince = nil }
            return isGuess ? lower : cumulative
        }
        let saysMore = [Milestone.sent, .delivered].contains {
            (exclusive[$0] ?? 0) > max(cumulative[$0] ?? 0, highest[$0] ?? 0)
        }
        guard saysMore, !(look.addsUp && look.isWhole) else {
            if !isLate { waitingSince = nil }
            return exclusive
        }
        guard !isLate else { return lower }
        guard look.isWhole else {
            waitingSince = nil
            return lower
        }
        let isSame = look.stats == stats
        if isSame, let since = waitingSince, since < poll {
            waitingSince = nil
            return exclusive
        }
        waitingSince = isSame ? waitingSince ?? poll : poll
        return lower
    }

    /// Raises the highest value seen; returns what that counts: nothing of what an operation older than the ledger may have
    /// had before it was first told.
    mutating func raise(_ milestone: Milestone, to value: Int64?) -> Int64 {
        let before = highest[milestone] ?? 0
        guard let value, value > before else { return 0 }
        highest[milestone] = value
        let isUntold = !countsFromZero && before == 0 && stats[milestone.stat] == nil
        let hadSent = [Stat.sent, .delivered, .read, .undelivered].contains { stats[$0] ?? 0 > 0 }
        switch milestone {
        case .messages, .recipients: return isUntold ? 0 : value - before
        case .attempts: return isUntold && hadSent ? 0 : value - before
        default: return value - before
        }
    }

    /// True where all that was reported of a milestone before is reported again and is less, for the first time since it
    /// was last as high as ever.
    mutating func falls(
        _ milestone: Milestone, _ look: StatsLook, _ reading: StatsReading, _ counted: Int64?
    ) -> Bool {
        let top = highest[milestone] ?? 0
        if let counted, counted >= top { fallen.remove(milestone) }
        let past = reading == .exclusive ? excess[milestone] ?? 0 : 0
        let own = { (look: StatsLook) in look.values(reading)[milestone].map { max(0, $0 - past) } }
        guard let now = own(look), let then = own(StatsLook(stats)),
            now < then, now < top, look.tells(milestone, as: stats)
        else { return false }
        return fallen.insert(milestone).inserted
    }
}
