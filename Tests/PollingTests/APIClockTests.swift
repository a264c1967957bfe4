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

    @Test("a small step of the API's clock is followed at once, a large one when a second response confirms it")
    mutating func steps() {
        let wall = Timestamp(seconds: 0)
        answer(date, sent: 0, received: 0)
        answer(date + .seconds(60), sent: 1000, received: 1000)
        #expect(time(at: 1000, wall: wall).wholeSeconds == date.wholeSeconds + 60)
        answer(date + .seconds(86_400 * 365), sent: 2000, received: 2000)
        #expect(time(at: 2000, wall: wall).wholeSeconds == date.wholeSeconds + 61)
        answer(date + .seconds(86_400 * 365 + 1), sent: 3000, received: 3000)
        #expect(time(at: 3000, wall: wall).wholeSeconds == date.wholeSeconds + 86_400 * 365 + 1)
    }

    @Test("a first response far from the wall clock is believed when a second one says the same")
    mutating func firstResponse() {
        let wall = date - .seconds(86_400)
        answer(date, sent: 0, received: 0, wall: wall)
        #expect(!clock.isSet)
        #expect(time(at: 0, wall: wall) == wall)
        answer(date, sent: 100, received: 100, wall: wall)
        #expect(clock.isSet)
        #expect(time(at: 100, wall: wall).wholeSeconds == date.wholeSeconds)
    }

    @Test("a Date that stands still does not stop the clock")
    mutating func cachedDate() {
        answer(date, sent: 0, received: 0)
        for second in 1...100 { answer(date, sent: second * 30_000, received: second * 30_000) }
        #expect(time(at: 3_000_000, wall: Timestamp(seconds: 0)).wholeSeconds == date.wholeSeconds + 3000)
    }
}
