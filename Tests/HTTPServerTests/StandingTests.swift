import Testing

@testable import HTTPServer

struct StandingTests {
    private func time(_ nanoseconds: UInt64) -> Uptime { Uptime(rawValue: nanoseconds) }

    @Test func `one word holds the activity, the place and the time`() {
        for activity in [Standing.Activity.new, .idle, .handler, .pending, .answer, .closing] {
            for isCounted in [false, true] {
                let standing = Standing(activity, isCounted: isCounted, since: time(1 << 59 | 1))
                #expect(Standing(rawValue: standing.rawValue).activity == activity)
                #expect(Standing(rawValue: standing.rawValue).isCounted == isCounted)
                #expect(Standing(rawValue: standing.rawValue).since == time(1 << 59 | 1))
            }
        }
    }

    @Test func `what is being closed stays so, and nothing follows what is over`() {
        let connection = Connection(-1, from: .other, tls: nil)
        let first = connection.standing
        #expect(first.activity == .new)
        connection.begin(Standing(.handler, since: time(1)))
        #expect(!connection.begin(Standing(.closing, since: time(2)), after: first))
        #expect(connection.standing.activity == .handler)
        #expect(connection.begin(Standing(.closing, since: time(3)), after: connection.standing))
        connection.begin(Standing(.idle, since: time(4)))
        #expect(connection.standing.activity == .closing)
        #expect(connection.standing.since == time(3))
    }

    @Test func `deadlines are counted from the beginning of what they bound`() {
        let limits = ServerLimits(idleTimeout: .seconds(60), requestTimeout: .seconds(5), responseTimeout: .seconds(30))
        let deadlines = Deadlines(limits)
        let found = [Standing.Activity.new, .idle, .handler, .pending, .answer, .closing].map {
            deadlines.deadline(of: Standing($0, since: time(1_000_000_000)))
        }
        #expect(found == [time(6_000_000_000), time(66_000_000_000), .never, .never, time(31_000_000_000), .never])
    }

    @Test func `no length of time is too long or too short to count`() {
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
        #expect(Duration.seconds(-1).nanoseconds == 0)
        #expect(Duration.nanoseconds(-1).nanoseconds == 0)
        #expect(Duration.seconds(18_446_744_073).nanoseconds == 18_446_744_073_000_000_000)
        #expect((Duration.seconds(18_446_744_073) + .milliseconds(999)).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(time(1) + .max == .never)
    }
}
