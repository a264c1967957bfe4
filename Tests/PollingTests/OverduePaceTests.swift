import Testing

@testable import Polling

/// The pace at which operations past retention are asked for.
@Suite struct OverduePaceTests {
    private let start = ContinuousClock.now

    private func minute(_ minute: Double) -> ContinuousClock.Instant { start + .seconds(minute * 60) }

    @Test("one a minute may be asked for, and what was not is left for later")
    func onePerMinute() {
        var pace = OverduePace(at: start)
        #expect(pace.take(at: minute(0.9)) == 0)
        #expect(pace.take(at: minute(3.5)) == 3)
        pace.spend(at: minute(3.5))
        #expect(pace.take(at: minute(3.5)) == 2)
        pace.restart(at: minute(3.5))
        #expect(pace.take(at: minute(4.4)) == 0)
        #expect(pace.take(at: minute(4.5)) == 1)
    }

    @Test("never more than sixty are asked for in an hour, also after a machine has slept")
    func sixtyAnHour() {
        var pace = OverduePace(at: start)
        let woken = minute(60 * 24 * 9)
        #expect(pace.take(at: woken) == 60)
        for _ in 0..<60 { pace.spend(at: woken) }
        #expect(pace.take(at: woken + .seconds(1800)) == 0)
        #expect(pace.take(at: woken + .seconds(3599)) == 0)
        #expect(pace.take(at: woken + .seconds(3600)) == 60)
    }
}
