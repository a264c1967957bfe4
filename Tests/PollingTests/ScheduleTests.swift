import CommsAPI
import Operations
import Testing

@testable import Polling

/// The schedule is a value; these tests are its clock.
@Suite struct ScheduleTests {
    let start = ContinuousClock.now
    let apiTime = Timestamp(rfc3339: "2024-04-20T16:00:00Z")!
    var schedule = Schedule(plan: PollPlan(interval: .seconds(30)))

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Begins and completes every slice of what is due then.
    private mutating func poll(at seconds: Int) -> [Sweep] {
        let due = schedule.due(at: at(seconds))
        for sweep in due {
            for slice in schedule.begin(sweep, at: at(seconds), apiTime: apiTime + .seconds(seconds)) {
                schedule.complete(slice, of: sweep)
            }
        }
        return due
    }

    @Test("the first poll is one week, and stands in for day and pending")
    mutating func firstPoll() {
        #expect(poll(at: 0) == [.week])
        #expect(poll(at: 30) == [.recent, .active])
        #expect(poll(at: 270) == [.recent, .active])
    }

    @Test("every sweep comes back at its cadence, short ones first, and week makes day and pending needless")
    mutating func cadence() {
        _ = poll(at: 0)
        #expect(poll(at: 300) == [.recent, .active, .pending, .day])
        #expect(poll(at: 330) == [.recent, .active])
        #expect(poll(at: 600) == [.recent, .active, .pending, .day])
        #expect(poll(at: 1800) == [.recent, .active, .week])
        #expect(poll(at: 1830) == [.recent, .active])
        #expect(poll(at: 2100) == [.recent, .active, .pending, .day])
    }

    @Test("a sweep that is not finished when its cadence comes round goes on with what it has not tried")
    mutating func slowSweep() {
        let slices = schedule.begin(.week, at: start, apiTime: apiTime)
        for slice in slices.prefix(3) { schedule.complete(slice, of: .week) }
        #expect(schedule.begin(.week, at: at(1800), apiTime: apiTime + .seconds(1800)) == Array(slices[3...]))
        for slice in slices[3...] { schedule.fail(slice, of: .week) }
        #expect(schedule.begin(.week, at: at(1830), apiTime: apiTime + .seconds(1830)).count == 7)
    }

    @Test("begun afresh, it starts with a week again and keeps its ticks")
    mutating func startOver() {
        _ = poll(at: 0)
        #expect(schedule.next(after: at(0), end: at(2), wasRefused: false) == at(30))
        schedule.startOver()
        #expect(schedule.due(at: at(30)) == [.week])
        #expect(schedule.next(after: at(30), end: at(31), wasRefused: false) == at(60))
    }

    @Test("a week is cut into days, the newest first and open, with no time between them")
    mutating func slices() {
        let slices = schedule.begin(.week, at: start, apiTime: apiTime)
        #expect(
            slices.map(\.start.description) == [
                "2024-04-19T16:00:00Z", "2024-04-18T16:00:00Z", "2024-04-17T16:00:00Z", "2024-04-16T16:00:00Z",
                "2024-04-15T16:00:00Z", "2024-04-14T16:00:00Z", "2024-04-13T16:00:00Z",
            ])
        #expect(slices.map(\.end) == [nil] + slices.dropLast().map(\.start))
        #expect(slices[1].window.start?.description == "2024-04-18T15:59:59Z")
        #expect(slices[1].window.end?.description == "2024-04-19T16:00:02Z")
    }

    @Test("a slice that failed is all that is asked for again, after the untried ones, and holds up no other sweep")
    mutating func failedSlice() {
        let slices = schedule.begin(.week, at: start, apiTime: apiTime)
        schedule.fail(slices[0], of: .week)
        schedule.complete(slices[1], of: .week)
        #expect(schedule.due(at: at(30)) == [.recent, .active, .pending, .day, .week])
        let left = schedule.begin(.week, at: at(30), apiTime: apiTime + .seconds(30))
        #expect(left == Array(slices[2...]) + [slices[0]])
        for slice in left.dropLast() {
            #expect(!schedule.isLast(slice, of: .week))
            schedule.complete(slice, of: .week)
        }
        #expect(schedule.isLast(slices[0], of: .week))
        schedule.complete(slices[0], of: .week)
        #expect(schedule.due(at: at(60)) == [.recent, .active])
    }

    @Test("a sweep whose slice never succeeds is begun whole again at its cadence")
    mutating func hopelessSlice() {
        _ = poll(at: 0)
        let slices = schedule.begin(.day, at: at(300), apiTime: apiTime)
        for slice in slices.dropLast() { schedule.complete(slice, of: .day) }
        schedule.fail(slices[3], of: .day)
        #expect(schedule.begin(.day, at: at(590), apiTime: apiTime).count == 1)
        #expect(schedule.begin(.day, at: at(600), apiTime: apiTime).count == 4)
    }

    @Test("polls start on the ticks of the interval; a long one is followed by the next tick")
    mutating func ticks() {
        #expect(schedule.next(after: at(0), end: at(2), wasRefused: false) == at(30))
        #expect(schedule.next(after: at(30), end: at(95), wasRefused: false) == at(120))
        #expect(schedule.next(after: at(120), end: at(150), wasRefused: false) == at(180))
    }

    @Test("refused credentials back off, doubling to ten minutes, until a poll is not refused")
    mutating func authBackoff() {
        var waits: [Duration] = []
        for _ in 0..<7 { waits.append(schedule.next(after: at(0), end: at(1), wasRefused: true) - at(1)) }
        #expect(waits == [30, 60, 120, 240, 480, 600, 600].map { .seconds($0) })
        #expect(schedule.next(after: at(0), end: at(1), wasRefused: false) == at(30))
        #expect(schedule.next(after: at(0), end: at(1), wasRefused: true) == at(31))
    }

    @Test("backoff begins anew when it has been ended")
    mutating func endedBackoff() {
        for _ in 0..<3 { _ = schedule.next(after: at(0), end: at(1), wasRefused: true) }
        schedule.endBackoff()
        #expect(schedule.next(after: at(0), end: at(1), wasRefused: true) == at(31))
    }

    @Test("throttled polls double the wait, up to five minutes, and one that was not ends it")
    mutating func throttledWait() {
        var waits: [Duration] = []
        for _ in 0..<6 {
            waits.append(schedule.next(after: at(0), end: at(1), wasRefused: false, wasThrottled: true) - at(1))
        }
        #expect(waits == [60, 120, 240, 300, 300, 300].map { .seconds($0) })
        #expect(schedule.next(after: at(0), end: at(1), wasRefused: false) == at(30))
        #expect(schedule.next(after: at(0), end: at(1), wasRefused: false, wasThrottled: true) == at(61))
    }

    @Test("ticks stay exact for a day, so that every tenth is five minutes and not a moment less")
    mutating func exactTicks() {
        var ticks = [start]
        for _ in 0..<2880 {
            ticks.append(
                schedule.next(
                    after: ticks[ticks.count - 1], end: ticks[ticks.count - 1] + .seconds(2), wasRefused: false))
        }
        #expect(zip(ticks, ticks.dropFirst(10)).allSatisfy { $1 - $0 == .seconds(300) })
    }

    @Test("a week that takes longer than its cadence does not stand in for day and pending meanwhile")
    mutating func longWeek() {
        _ = poll(at: 0)
        let slices = schedule.begin(.week, at: at(1800), apiTime: apiTime)
        schedule.complete(slices[0], of: .week)
        #expect(schedule.due(at: at(3600)) == [.recent, .active, .pending, .day, .week])
    }
}
