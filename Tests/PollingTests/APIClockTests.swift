import Operations
import Testing

@testable import Polling

@Suite struct APIClockTests {
    let origin = ContinuousClock.now
    let date = Timestamp(rfc3339: "2024-04-20T16:00:00Z")!
    var clock: APIClock

    init() { clock = APIClock(origin: origin) }

    private mutating func answer(_ date: Timestamp, sent: Int, received: Int, wall: Timestamp? = nil) {
        clock.observe(
            date: date, sentAt: origin + .milliseconds(sent), receivedAt: origin + .milliseconds(received),
            wall: wall ?? date)
    }

    private func time(at milliseconds: Int, wall: Timestamp) -> Timestamp {
        clock.time(at: origin + .milliseconds(milliseconds), wall: wall)
    }

    @Test("before any response the wall clock is believed")
    func unset() {
        #expect(!clock.isSet)
        #expect(time(at: 5000, wall: date) == date)
    }

    @Test("a wall clock that the Date header does not contradict is right, whatever the header's second hides")
    mutating func agreement() {
        answer(date, sent: 0, received: 100)
        let wall = Timestamp(milliseconds: date.milliseconds + 700)
        #expect(time(at: 100, wall: wall) == wall)
    }

    @Test("a wrong wall clock does not matter, and neither does its stepping")
    mutating func wrongWallClock() {
        answer(date, sent: 0, received: 0)
        for wall in [Timestamp(seconds: 0), Timestamp(seconds: 4_000_000_000)] {
            #expect(time(at: 60_000, wall: wall) == Timestamp(milliseconds: date.milliseconds + 499 + 60_000))
        }
    }

    @Test("each response narrows the second down")
    mutating func narrowing() {
        answer(date, sent: 0, received: 0)
        answer(date + .seconds(1), sent: 100, received: 100)
        let wall = Timestamp(seconds: 0)
        #expect(time(at: 100, wall: wall).milliseconds == date.milliseconds + 100 + 949)
    }

    @Test("a step of less than a minute is followed at once")
    mutating func smallStep() {
        let wall = Timestamp(seconds: 0)
        answer(date, sent: 0, received: 0)
        answer(date + .seconds(60), sent: 1000, received: 1000)
        #expect(time(at: 1000, wall: wall).wholeSeconds == date.wholeSeconds + 60)
        #expect(clock.steps == 0)
    }

    @Test(
        "a larger step is believed when a response a minute later says the same",
        arguments: [61, -61, 3600, 20 * 3600, 9 * 86_400, -365 * 86_400])
    mutating func largeStep(seconds: Int) {
        let wall = Timestamp(seconds: 0)
        answer(date, sent: 0, received: 0)
        for second in [1, 2, 30, 60] {
            answer(date + .seconds(seconds + second), sent: second * 1000, received: second * 1000)
            #expect(time(at: second * 1000, wall: wall).wholeSeconds == date.wholeSeconds + Int64(second))
        }
        answer(date + .seconds(seconds + 61), sent: 61_000, received: 61_000)
        #expect(time(at: 61_000, wall: wall).wholeSeconds == date.wholeSeconds + Int64(seconds + 61))
        #expect(clock.steps == 1)
    }

    @Test("a step is forgotten when a response confirms the time in force, and begins anew when another one is claimed")
    mutating func denied() {
        let wall = Timestamp(seconds: 0)
        answer(date, sent: 0, received: 0)
        for (second, ahead) in [(10, 3600), (40, 0), (70, 3600), (100, 7200), (131, 3600), (162, 7200)] {
            answer(date + .seconds(second + ahead), sent: second * 1000, received: second * 1000)
        }
        #expect(time(at: 162_000, wall: wall).wholeSeconds == date.wholeSeconds + 162)
        #expect(clock.steps == 0)
    }

    @Test("the first response is in force at once, and confirmed by this machine's clock, or a minute later")
    mutating func firstResponse() {
        let wall = date - .seconds(86_400)
        answer(date, sent: 0, received: 0, wall: wall)
        #expect(clock.isSet)
        #expect(time(at: 0, wall: wall).wholeSeconds == date.wholeSeconds)
        answer(date + .seconds(59), sent: 59_000, received: 59_000, wall: wall + .seconds(59))
        #expect(!clock.isConfirmed)
        answer(date + .seconds(60), sent: 60_000, received: 60_000, wall: wall + .seconds(60))
        #expect(clock.isConfirmed)
        clock = APIClock(origin: origin)
        answer(date, sent: 0, received: 0, wall: date + .seconds(59))
        #expect(clock.isConfirmed)
    }

    @Test("a first response that was wrong gives way a minute after the first right one, and was never confirmed")
    mutating func wrongFirst() {
        answer(date + .seconds(9 * 86_400), sent: 0, received: 0, wall: date)
        for second in [1, 30, 60] {
            answer(date + .seconds(second), sent: second * 1000, received: second * 1000)
            #expect(!clock.isConfirmed)
        }
        answer(date + .seconds(61), sent: 61_000, received: 61_000)
        #expect(clock.isConfirmed)
        #expect(time(at: 61_000, wall: Timestamp(seconds: 0)).wholeSeconds == date.wholeSeconds + 61)
    }

    @Test("a Date that stands still does not stop the clock")
    mutating func cachedDate() {
        answer(date, sent: 0, received: 0)
        for second in 1...100 { answer(date, sent: second * 30_000, received: second * 30_000) }
        #expect(time(at: 3_000_000, wall: Timestamp(seconds: 0)).wholeSeconds == date.wholeSeconds + 3000)
    }
}
