import Glibc
import Operations
import Simulator
import Testing

/// 2024-04-20T14:00:00Z.
let noon = Timestamp(seconds: 1_713_621_600)

struct LifeTests {
    /// Scheduled for 10 s after creation, then 100 messages in 10 s; receipts after 5 s and 20 s, reads after 60 s more.
    private var life: Life {
        var life = Life(created: noon)
        life.isScheduled = true
        life.start = 10_000
        life.duration = 10_000
        life.deliveryDelay = 5_000
        life.undeliveredDelay = 20_000
        life.readDelay = 60_000
        life.recipients = 104
        life.unaddressable = 4
        life.failed = 1_000
        life.undelivered = 2_000
        life.delivered = 5_000
        life.read = 2_500
        life.fallback = 3_000
        return life
    }

    private let always: Counts = [.total: 104, .recipients: 104, .unaddressable: 4]

    @Test(
        "an operation lives as it was born to, in the exclusive reading",
        arguments: [
            (0, .scheduled, 0, [.scheduled: 100]),
            (9, .scheduled, 0, [.scheduled: 100]),
            (10, .processing, 10, [.queued: 100]),
            (15, .processing, 15, [.queued: 50, .sent: 45, .failed: 5, .attempts: 65]),
            (20, .completed, 20, [.sent: 72, .delivered: 18, .failed: 10, .attempts: 130]),
            (25, .completed, 25, [.sent: 54, .delivered: 36, .failed: 10, .attempts: 130]),
            (35, .completed, 35, [.sent: 45, .delivered: 36, .undelivered: 9, .failed: 10, .attempts: 130]),
            (39, .completed, 39, [.sent: 38, .delivered: 36, .undelivered: 16, .failed: 10, .attempts: 130]),
            (60, .completed, 40, [.sent: 36, .delivered: 36, .undelivered: 18, .failed: 10, .attempts: 130]),
            (80, .completed, 80, [.sent: 36, .delivered: 32, .read: 4, .undelivered: 18, .failed: 10, .attempts: 130]),
            (
                9_000, .completed, 85,
                [.sent: 36, .delivered: 27, .read: 9, .undelivered: 18, .failed: 10, .attempts: 130]
            ),
        ] as [(Int64, OperationStatus, Int64, Counts)])
    func exclusive(second: Int64, status: OperationStatus, updated: Int64, stats: Counts) {
        let moment = noon + .seconds(second)
        var expected = stats
        expected += always
        #expect(life.status(at: moment) == status)
        #expect(life.report(at: moment, reading: .exclusive) == expected)
        #expect(life.updated(at: moment) == noon + .seconds(updated))
    }

    @Test(
        "in the cumulative reading a message stays in every state it has passed",
        arguments: [
            (0, [.scheduled: 100]), (10, [.queued: 100]),
            (15, [.queued: 50, .sent: 45, .failed: 5, .attempts: 65]),
            (20, [.sent: 90, .delivered: 18, .failed: 10, .attempts: 130]),
            (9_000, [.sent: 90, .delivered: 36, .read: 9, .undelivered: 18, .failed: 10, .attempts: 130]),
        ] as [(Int64, Counts)])
    func cumulative(second: Int64, stats: Counts) {
        var expected = stats
        expected += always
        #expect(life.report(at: noon + .seconds(second), reading: .cumulative) == expected)
    }

    @Test func `an operation canceled before it is sent sends nothing`() {
        var life = life
        life.cancelation = 4_000
        #expect(life.status(at: noon + .seconds(3)) == .scheduled)
        var expected: Counts = [.canceled: 100]
        expected += always
        for second: Int64 in [4, 12, 100] {
            let moment = noon + .seconds(second)
            #expect(life.status(at: moment) == .canceled)
            #expect(life.report(at: moment, reading: .exclusive) == expected)
            #expect(life.updated(at: moment) == noon + .seconds(4))
        }
    }

    @Test func `an operation canceled midway keeps what it has sent`() {
        var life = life
        life.cancelation = 15_000
        #expect(life.status(at: noon + .seconds(14)) == .processing)
        #expect(life.status(at: noon + .seconds(15)) == .canceled)
        var expected: Counts = [
            .canceled: 50, .sent: 18, .delivered: 14, .read: 4, .undelivered: 9, .failed: 5, .attempts: 65,
        ]
        expected += always
        #expect(life.report(at: noon + .seconds(100), reading: .exclusive) == expected)
        #expect(life.updated(at: noon + .seconds(100)) == noon + .seconds(80))
    }

    @Test(
        "the creation of a scheduled operation moves when it is sent on, and not into the future",
        arguments: [(9_999, 5, 0), (10_000, 5, 5), (10_000, 0, 0), (10_000, 20, 10), (90_000, 20, 10), (90_000, 9, 9)]
            as [(Int64, Int64, Int64)])
    func movedCreation(age: Int64, span: Int64, seconds: Int64) {
        let moment = noon + .milliseconds(age)
        #expect(life.shownCreation(at: moment, movedBy: .seconds(span)) == noon + .seconds(seconds))
    }

    @Test func `a moved creation is a whole second`() {
        var life = life
        life.start = 10_900
        let moment = noon + .seconds(20)
        #expect(life.shownCreation(at: moment, movedBy: .seconds(60)) == noon + .seconds(10))
        #expect(life.shownCreation(at: moment, movedBy: .milliseconds(2_500)) == noon + .seconds(2))
    }

    @Test func `the creation of an operation that is never sent on, or had no schedule, does not move`() {
        var canceled = life
        canceled.cancelation = 4_000
        var unscheduled = life
        unscheduled.isScheduled = false
        for life in [canceled, unscheduled] {
            #expect(life.shownCreation(at: noon + .seconds(20), movedBy: .seconds(60)) == noon)
        }
    }

    @Test func `an operation that is not scheduled is PROCESSING before its first message`() {
        var life = life
        life.isScheduled = false
        #expect(life.status(at: noon) == .processing)
        #expect(life.report(at: noon, reading: .exclusive)[.queued] == 100)
    }

    @Test func `an operation nobody can be reached by completes without messages`() {
        var life = Life(created: noon)
        life.unaddressable = 1
        #expect(life.status(at: noon) == .completed)
        #expect(life.report(at: noon, reading: .exclusive) == [.total: 1, .recipients: 1, .unaddressable: 1])
    }

    @Test func `shares of small operations round up in some of them`() {
        let failed = ([0, 9_999] as [UInt16]).map { rounding in
            var life = Life(created: noon)
            life.failed = 1_000
            life.rounding = rounding
            return life.milestones(at: noon)[.failed]
        }
        #expect(failed == [0, 1])
    }
}

/// What must hold for every operation at every moment.
struct RandomLifeTests {
    private func lives(_ count: Int) -> [Life] {
        var random = SplitMix64(seed: 42)
        var settings = Settings()
        return (0..<count).map { index in
            settings.failureRatio = [0, 0.02, 0.5, 1][index % 4]
            settings.undeliveredRatio = [0.05, 0, 1, 0.5, 0.3][index % 5]
            settings.pace = [0.1, 1, 10_000][index % 3]
            return .random(created: noon, settings: settings, using: &random)
        }
    }

    /// Moments from before the creation to a week after it, close together at first.
    private let moments = [-1000, 0] + (0..<60).map { Int64(10 * pow(1.4, Double($0))) }

    private let exclusiveBuckets: [Stat] = [
        .scheduled, .queued, .sent, .delivered, .read, .undelivered, .failed, .canceled,
    ]

    @Test func `in the exclusive reading each message is in one state`() {
        for life in lives(500) {
            for moment in moments {
                let stats = life.report(at: noon + .milliseconds(moment), reading: .exclusive)
                #expect(Stat.allCases.allSatisfy { stats[$0] >= 0 })
                #expect(exclusiveBuckets.reduce(0) { $0 + stats[$1] } == stats[.total] - stats[.unaddressable])
                #expect(stats[.total] == stats[.recipients])
                #expect((0...10_000).contains(stats[.recipients]))
            }
        }
    }

    @Test func `in the cumulative reading states include the later ones, and a delivery shows which reading it is`() {
        for life in lives(500) {
            for moment in moments {
                let stats = life.report(at: noon + .milliseconds(moment), reading: .cumulative)
                #expect(stats[.sent] >= stats[.delivered] + stats[.undelivered])
                #expect(stats[.delivered] >= stats[.read])
                let sum = exclusiveBuckets.reduce(0) { $0 + stats[$1] }
                let addressable = stats[.total] - stats[.unaddressable]
                #expect(stats[.delivered] + stats[.undelivered] > 0 ? sum > addressable : sum == addressable)
            }
        }
    }

    @Test func `no milestone ever falls, and neither does the time of the last change`() {
        for life in lives(500) {
            for (earlier, later) in zip(moments, moments.dropFirst()) {
                let (a, b) = (noon + .milliseconds(earlier), noon + .milliseconds(later))
                let gain = life.milestones(at: b) - life.milestones(at: a)
                #expect(Stat.allCases.allSatisfy { gain[$0] >= 0 })
                #expect(life.updated(at: a) <= life.updated(at: b))
                #expect(life.updated(at: b) <= max(b, life.created))
            }
        }
    }

    @Test func `milestones move between two moments only if the last change lies between them`() {
        for life in lives(500) {
            for (earlier, later) in zip(moments, moments.dropFirst()) {
                let (a, b) = (noon + .milliseconds(earlier), noon + .milliseconds(later))
                let changed =
                    life.milestones(at: a) != life.milestones(at: b) || life.status(at: a) != life.status(at: b)
                #expect(!changed || life.updated(at: b) > a)
            }
        }
    }

    @Test func `all lives of a week's news are finished and of every kind`() {
        let lives = lives(2000)
        let end = noon + .seconds(25 * 86_400)
        #expect(lives.allSatisfy { !$0.status(at: end).isUnfinished })
        #expect(lives.contains { $0.status(at: end) == .canceled && $0.milestones(at: end)[.sent] > 0 })
        #expect(lives.contains { $0.status(at: end) == .canceled && $0.milestones(at: end)[.sent] == 0 })
        #expect(lives.contains { $0.milestones(at: end)[.read] > 0 })
        #expect(lives.contains { $0.milestones(at: end)[.attempts] > $0.milestones(at: end)[.total] })
        #expect(lives.contains { $0.recipients > 5000 })
        #expect(lives.filter { $0.recipients < 20 }.count > 1000)
    }

    @Test func `the failure ratio is the share of messages that fail`() {
        var random = SplitMix64(seed: 7)
        var settings = Settings()
        settings.failureRatio = 0.3
        var sum = Counts()
        for _ in 0..<5000 {
            let life = Life.random(created: noon, settings: settings, using: &random)
            if life.status(at: noon + .seconds(25 * 86_400)) == .completed {
                sum += life.milestones(at: noon + .seconds(25 * 86_400))
            }
        }
        let ratio = Double(sum[.failed]) / Double(sum[.total] - sum[.unaddressable])
        #expect((0.27...0.33).contains(ratio))
    }
}
