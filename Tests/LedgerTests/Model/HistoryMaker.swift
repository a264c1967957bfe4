import Operations
import Simulator

/// Draws the steps of one history.
struct HistoryMaker {
    /// What the API really has of an operation: how far its messages are. It only moves on.
    private struct Life {
        let id: String
        var created: Int64
        var status = OperationStatus.scheduled
        /// Messages that have reached a stage, and their total.
        var reached: [Stat: Int64] = [:]
    }

    /// How the API of this history reports: in one reading, or in whichever comes.
    private let reading: StatsReading?
    /// How often a member is missing, and how often a page is not what the API has but anything.
    private let missing: Double
    private let noise: Double
    /// The most operations there are at a time: an account turns with ten.
    private let most: Int
    private var lives: [Life] = []
    private var shown: [Operation] = []
    private var made = 0
    private var now: Int64 = 0
    var random: SplitMix64

    init(random: SplitMix64) {
        self.random = random
        reading = [.exclusive, .cumulative, nil].randomElement(using: &self.random) ?? nil
        missing = [0, 0, 0.1, 0.5].randomElement(using: &self.random) ?? 0
        noise = [0, 0, 0.1, 0.5].randomElement(using: &self.random) ?? 0
        most = [4, 8, 24].randomElement(using: &self.random) ?? 8
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    mutating func step() -> History.Step {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<48: .record(page())
        case 48..<60: .poll
        case 60..<72: .retire
        case 72..<80: cover()
        case 80..<81: .completeWindow
        case 81..<82: .settleBirth(since: Int64.random(in: -340...0, using: &random), isComplete: chance(0.5))
        case 82..<83: .giveUp(before: Int64.random(in: -340...0, using: &random))
        case 83..<84: .uncover
        case 84..<88: .expire(lives.randomElement(using: &random)?.id ?? "op1")
        case 88..<89: .wall([0, 0, 1, -1, 6, -340].randomElement(using: &random) ?? 0)
        case 89..<91: chance(0.05) ? .beginAfresh : .restart
        default: clock()
        }
    }

    private mutating func clock() -> History.Step {
        // Mostly on by half an hour or a day; at times back, or past retention, or by the longest schedule.
        let units: Int64 = [1, 1, 1, 2, 48, 48, 100, -1, -47, -49, 337, 1680].randomElement(using: &random) ?? 1
        now += units
        return .clock(units)
    }

    private mutating func cover() -> History.Step {
        let from = Int64.random(in: -340...0, using: &random)
        return .cover(from: from, to: from + Int64.random(in: -2...60, using: &random))
    }

    private mutating func page() -> [Operation] {
        if lives.count < most && chance(0.4) { begin() }
        if chance(0.05), !lives.isEmpty { lives.removeFirst() }
        for index in lives.indices where chance(0.5) { lives[index] = advanced(lives[index]) }
        var page = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
            lives.indices.randomElement(using: &random).map { show(lives[$0]) }
        }
        // An earlier page comes late, or again.
        if chance(0.3), let late = shown.randomElement(using: &random) { page.append(late) }
        shown = Array((shown + page).suffix(20))
        return page
    }

    private mutating func begin() {
        made += 1
        let age: Int64 = [0, 0, 0, 1, 2, 48, 335, 336, 337, 338, 339, 400].randomElement(using: &random) ?? 0
        // Now and then the id of one that has gone.
        let number = chance(0.1) ? Int.random(in: 0..<made, using: &random) : made
        lives.append(Life(id: "op\(number)", created: now - age + (chance(0.1) ? 1 : 0)))
    }

    private mutating func advanced(_ life: Life) -> Life {
        var life = life
        // A schedule may be moved.
        if chance(0.05) { life.created += [1, 48, 336].randomElement(using: &random) ?? 1 }
        life.status = chance(0.3) ? OperationStatus.allCases.randomElement(using: &random) ?? .unknown : life.status
        // Mostly numbers that add up: each message moves on from one state to the next.
        guard !chance(0.7) else { return moved(life) }
        for stat in Stat.allCases where chance(0.3) {
            life.reached[stat, default: 0] += Int64.random(in: 0...3, using: &random)
        }
        return life
    }

    /// Moves some of the messages that wait, creating them first.
    private mutating func moved(_ life: Life) -> Life {
        var life = life
        if life.reached[.total] == nil {
            life.reached = [.total: 8, .recipients: 8, .queued: 8]
            if chance(0.3) { life.reached[.unaddressable] = 2 }
            if chance(0.3), let unaddressable = life.reached[.unaddressable] {
                life.reached[.queued] = 8 - unaddressable
            }
        }
        let ways: [(Stat, Stat)] = [
            (.queued, .sent), (.queued, .sent), (.queued, .failed), (.sent, .delivered), (.sent, .undelivered),
            (.delivered, .read),
        ]
        for (from, to) in ways where chance(0.4) {
            let some = Int64.random(in: 0...(life.reached[from] ?? 0), using: &random)
            life.reached[from, default: 0] -= some
            life.reached[to, default: 0] += some
            if from == .queued { life.reached[.attempts, default: 0] += some }
        }
        return life
    }

    private mutating func show(_ life: Life) -> Operation {
        var stats = Stats()
        let reported = chance(noise) ? anything() : report(life)
        for (stat, value) in reported.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where !chance(missing) {
            stats[stat] = value
        }
        let created = History.start + History.unit * Int(life.created)
        // At times garbage in a member's place, or nothing at all.
        let unreadable: UInt16 = chance(missing / 4) ? .random(in: 0..<4096, using: &random) : 0
        if unreadable != 0 { stats = stats.unreadable(unreadable) }
        if chance(missing / 4) { stats = Stats() }
        let updated = [nil, created - .seconds(1), created, created + .seconds(7), created + .seconds(90_000)]
        return Operation(
            id: life.id, status: life.status, stats: stats, createdAt: created,
            updatedAt: updated.randomElement(using: &random) ?? nil)
    }

    /// The stats the API would show, each message in its present state or in all it has passed.
    private mutating func report(_ life: Life) -> [Stat: Int64] {
        var stats = life.reached
        let at = { (stat: Stat) in life.reached[stat] ?? 0 }
        guard (reading ?? StatsReading.allCases.randomElement(using: &random)) == .cumulative else { return stats }
        stats[.delivered] = at(.delivered) + at(.read)
        stats[.sent] = at(.sent) + at(.delivered) + at(.read) + at(.undelivered)
        return stats
    }

    private mutating func anything() -> [Stat: Int64] {
        Dictionary(uniqueKeysWithValues: Stat.allCases.map { ($0, Int64.random(in: 0...9, using: &random)) })
    }
}

extension Stats {
    /// These stats, where the members of some bits cannot be read.
    fileprivate func unreadable(_ bits: UInt16) -> Stats {
        var values = InlineArray<12, Int64>(repeating: 0)
        var reported: UInt16 = 0
        for stat in Stat.allCases where bits & (1 << stat.rawValue) == 0 {
            guard let value = self[stat] else { continue }
            values[stat.rawValue] = value
            reported |= 1 << stat.rawValue
        }
        return Stats(values, reported: reported, unreadable: bits)
    }
}
