import Glibc
package import Operations

/// Everything that exists in the simulation, as a value: the same calls with the same times and seed give the same world.
///
/// Times are given as the real clock tells them; the world has its own, which can be stopped.
package struct World: Sendable {
    /// Operations are remembered for this long after their creation, and listed for at most as long.
    package static let memory = Duration.seconds(7 * 86_400)

    package let resource: Resource
    package let reading: StatsReading
    package private(set) var settings: Settings
    /// The time of the world.
    package private(set) var now: Timestamp
    private var clock = WorldClock()
    private var log = OperationLog()
    private var random: SplitMix64
    private let seed: UInt64
    /// In milliseconds since 1970, with a fraction: at high rates operations arrive more often than every millisecond.
    private var nextArrival: Double?
    /// The gains of forgotten operations, from when they were first shown until they were forgotten.
    private var gainsOfForgotten = Gains()

    /// A world that begins `at` a moment with a past of `history`, created at `historyRate` operations an hour.
    package init(
        of resource: Resource = .messages, at start: Timestamp, reading: StatsReading = .exclusive,
        settings: Settings = Settings(), history: Duration = .zero, historyRate: Double = 0, seed: UInt64 = 1
    ) {
        self.resource = resource
        self.reading = reading
        self.settings = settings
        self.seed = seed
        random = SplitMix64(seed: seed)
        now = start
        planNextArrival(after: Double((start - history).milliseconds), aMinute: historyRate / 60)
        createOperations(until: start, aMinute: historyRate / 60)
        planNextArrival(after: Double(start.milliseconds), aMinute: settings.rate)
        clock.setFrozen(settings.frozen, at: start)
    }

    /// The moment in the `Date` header of answers.
    package var headerDate: Timestamp { now + .seconds(settings.dateOffset) }

    /// The number of listed operations.
    package var count: Int { listed.count }

    /// Lets the world run to a moment: operations are created and forgotten.
    package mutating func advance(to real: Timestamp) {
        let time = max(now, clock.time(at: real))
        createOperations(until: time, aMinute: settings.rate)
        now = time
        while let oldest = log.numbers.first, log[oldest].life.created < now - World.memory {
            gainsOfForgotten.add(log[oldest], until: log[oldest].life.created + World.memory)
            log.removeFirst()
        }
    }

    /// Changes the settings from a moment on.
    package mutating func change(_ settings: Settings, at real: Timestamp) {
        advance(to: real)
        if settings.frozen != self.settings.frozen { clock.setFrozen(settings.frozen, at: real) }
        let rateChanged = settings.rate != self.settings.rate
        self.settings = settings
        // An exponential wait has no memory: what is left of the old one may be drawn anew.
        if rateChanged { planNextArrival(after: Double(now.milliseconds), aMinute: settings.rate) }
    }
}

// Arrivals are a Poisson process.
extension World {
    private mutating func createOperations(until end: Timestamp, aMinute rate: Double) {
        while let arrival = nextArrival, arrival <= Double(end.milliseconds) {
            let created = Timestamp(seconds: Timestamp(milliseconds: Int64(arrival)).wholeSeconds)
            log.append(.random(of: resource, created: created, settings: settings, using: &random))
            planNextArrival(after: arrival, aMinute: rate)
        }
    }

    private mutating func planNextArrival(after moment: Double, aMinute rate: Double) {
        let wait = -log1p(-Double.random(in: 0..<1, using: &random)) * 60_000 / rate
        nextArrival = rate > 0 ? moment + wait : nil
    }
}

// The answers of the API.
extension World {
    /// The operations in the lists; the older ones, by their first creation, are remembered for the truth alone.
    private var listed: Range<Int> {
        log.first(createdAtOrAfter: now - .seconds(settings.retention))..<log.numbers.upperBound
    }

    /// A page of the list, newest first by the creation that is shown. Its operations count as shown from now on.
    ///
    /// By the setting `cut` the last page is that with the list's last operation or with as many as the setting allows.
    mutating func page(_ query: ListQuery) -> Page {
        // Ahead of all there are, and behind all that are to come.
        let front = ListPosition(created: Timestamp(seconds: now.wholeSeconds), number: log.numbers.upperBound)
        let cursor = query.cursor
        let own = PageCursor(
            query.filters, begun: cursor?.begun ?? now, below: cursor?.position ?? front, listed: cursor?.listed ?? 0)
        let room = settings.cut > 0 ? max(0, settings.cut - own.listed) : Int.max
        let size = min(own.filters.pageSize, room)
        let found = positions(own, limit: size + 1)
        let shown = found.prefix(size)
        let hasMore = found.count > size && size < room
        return Page(
            operations: shown.map { show($0.number) }, sent: cursor, own: own,
            next: hasMore ? shown.last.map { own.next(below: $0, after: size) } : nil)
    }

    /// The operation of an id; nil if there is none, or it is listed no more.
    mutating func operation(id: String) -> ShownOperation? {
        guard let created = OperationID.creationTime(in: id) else { return nil }
        var number = log.first(createdAtOrAfter: created)
        guard listed.contains(number) else { return nil }
        while number < log.numbers.upperBound, log[number].life.created == created {
            if identity(number).bytes.elementsEqual(id.utf8) { return show(number) }
            number += 1
        }
        return nil
    }

    /// The first `limit` positions that the list of a cursor has below it, in the order of the list.
    private func positions(_ cursor: PageCursor, limit: Int) -> [ListPosition] {
        let filters = cursor.filters
        var found: [ListPosition] = []
        for number in candidates(filters, below: cursor.position).reversed() {
            if let status = filters.status, status != log[number].life.status(at: now) { continue }
            let position = ListPosition(created: shownCreation(number), number: number)
            guard position < cursor.position, filters.includes(position.created) else { continue }
            found.append(position)
            // Unless creations move, numbers have the order of the list.
            if found.count == limit, settings.createdMoves == 0 { return found }
        }
        return Array(found.sorted(by: >).prefix(limit))
    }

    /// The range of numbers in which `positions` has to look.
    private func candidates(_ filters: ListFilters, below cursor: ListPosition) -> Range<Int> {
        let listed = listed
        // A creation is shown at its time or later, by as much as creations move.
        let lower = filters.start.map { log.first(createdAtOrAfter: $0 - .seconds(settings.createdMoves)) }
        let end = cursor.created + .milliseconds(1)
        let upper = log.first(createdAtOrAfter: min(filters.end ?? end, end))
        return (min(lower ?? listed.lowerBound, upper)..<upper).clamped(to: listed)
    }

    private func shownCreation(_ number: Int) -> Timestamp {
        log[number].life.shownCreation(at: now, movedBy: .seconds(settings.createdMoves))
    }

    private func identity(_ number: Int) -> OperationID {
        OperationID(number: number, created: log[number].life.created, seed: seed)
    }

    private mutating func show(_ number: Int) -> ShownOperation {
        log[number].show(at: now)
        return ShownOperation(
            log[number].life, of: resource, id: identity(number), created: shownCreation(number), at: now,
            reading: reading)
    }
}

extension World {
    /// The metrics of an exporter whose ledger was born at `birth`; nil for a birth before all that is remembered.
    ///
    /// Its counters go on for operations that are listed no more, so that they tell what an exporter has missed. An
    /// operation is one of before or after the birth by its first creation, also where a later one is shown.
    package func truth(birth: Timestamp) -> Truth? {
        guard birth >= now - World.memory else { return nil }
        var truth = Truth(of: resource, gains: gainsOfForgotten)
        for number in log.numbers {
            truth.count(log[number], birth: birth, now: now)
        }
        for number in listed {
            truth.countListed(log[number].life, now: now, reading: reading)
        }
        return truth
    }
}
