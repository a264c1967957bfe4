import CommsAPI
import Locking
import Operations
import TestSupport
import Testing

@testable import Ledger
@testable import Polling

/// What the status page is told of polls and sweeps.
@Suite struct PollHealthTests {
    let now = Timestamp(seconds: Timestamp.wallClock().wholeSeconds)

    @Test("while polls fail it is said why and since when, and forgotten once one succeeds")
    func faults() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        api.fail { _ in .json(500, "{}") }
        #expect(await subject.poller.poll() == .api(.serverError))
        let first = subject.snapshot.health
        #expect(first.faults.count == 1)
        #expect(first.faults.first?.contains("/v1/Messages/Operations") == true)
        let since = try #require(first.failingSince)
        #expect(since >= now)
        #expect(await subject.poller.poll() == .api(.serverError))
        #expect(subject.snapshot.health.failingSince == since)
        api.fail()
        #expect(await subject.poller.poll() == nil)
        let healed = subject.snapshot.health
        #expect(healed.faults == [])
        #expect(healed.failingSince == nil)
        #expect(healed.recentPolls.map(\.failure) == [.api(.serverError), .api(.serverError), nil])
    }

    @Test("a poll's record has what was counted since the poll before, and no more polls are kept than 120")
    func records() {
        var health = PollHealth()
        var before = Totals()
        for count in 1...130 as ClosedRange<Int64> {
            var after = before
            after[.gained(.sent)] += count
            after[.gained(.failed)] += 3
            health.note(
                PollAttempt(), took: .seconds(1), endedAt: Timestamp(seconds: count), from: before, to: after)
            before = after
        }
        #expect(health.polls == 130)
        #expect(health.recentPolls.count == 120)
        #expect(
            health.recentPolls.first == PollRecord(endedAt: Timestamp(seconds: 11), failure: nil, sent: 11, failed: 3))
        #expect(
            health.recentPolls.last == PollRecord(endedAt: Timestamp(seconds: 130), failure: nil, sent: 130, failed: 3))
    }

    @Test("the failure ratio is of what was sent or failed, and none where that is nothing")
    func ratio() {
        func record(_ sent: Int64, _ failed: Int64) -> PollRecord {
            PollRecord(endedAt: now, failure: nil, sent: sent, failed: failed)
        }
        #expect(record(3, 1).failureRatio == 0.25)
        #expect(record(0, 2).failureRatio == 1)
        #expect(record(0, 0).failureRatio == nil)
    }

    @Test("a ledger that was set aside has lost nothing in the records: they do not fall below zero")
    func setAside() {
        var before = Totals()
        before[.gained(.sent)] = 1000
        let record = PollRecord(endedAt: now, failure: nil, from: before, to: Totals())
        #expect(record == PollRecord(endedAt: now, failure: nil, sent: 0, failed: 0))
    }

    @Test("a sweep says how many slices are left and when it is due by this machine's clock")
    func standing() {
        let start = ContinuousClock.now
        var schedule = Schedule(plan: PollPlan(interval: .seconds(30)))
        #expect(
            schedule.standing(of: .week, at: start, wall: now) == SweepStanding(slicesLeft: 0, due: nil))
        let slices = schedule.begin(.week, at: start, apiTime: now)
        schedule.complete(slices[0], of: .week)
        #expect(
            schedule.standing(of: .week, at: start + .seconds(10), wall: now)
                == SweepStanding(slicesLeft: 6, due: now + .seconds(1790)))
        for slice in slices { schedule.complete(slice, of: .week) }
        #expect(
            schedule.standing(of: .day, at: start + .seconds(310), wall: now)
                == SweepStanding(slicesLeft: 0, due: now - .seconds(10)))
    }

    @Test("between polls it is said when the next one starts")
    func nextPoll() async throws {
        let api = try FakeAPI()
        let subject = try Subject(api)
        let poller = subject.poller
        let running = Task { await poller.run() }
        let published = subject.published
        let next = try await eventually("the time of the next poll") { published.withLock { $0?.health.nextPoll } }
        #expect(next >= now && next <= .wallClock() + .seconds(30))
        running.cancel()
        await running.value
    }
}
