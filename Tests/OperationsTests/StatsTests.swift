import Operations
import Testing

@Suite struct StatsTests {
    @Test("a member that is not reported is nil, not zero, and unequal to zero")
    func missing() {
        var stats: Stats = [.sent: 0]
        #expect(stats[.sent] == 0)
        #expect(stats[.delivered] == nil)
        #expect(stats != [.sent: 0, .delivered: 0])
        stats[.sent] = nil
        #expect(stats == Stats())
    }

    @Test("equal stats hash equally, and a member more or less is another hash")
    func hashing() {
        let stats: Stats = [.total: 3, .canceled: 1]
        #expect(stats.hashValue == ([.canceled: 1, .total: 3] as Stats).hashValue)
        #expect(stats.hashValue != ([.total: 3, .canceled: 1, .read: 0] as Stats).hashValue)
    }

    @Test("stats go by the names the API gives them")
    func names() {
        #expect(
            Stat.allCases.map { Resource.messages.name(of: $0) } == [
                "total", "recipients", "attempts", "scheduled", "queued", "sent", "delivered", "read", "undelivered",
                "unaddressable", "failed", "canceled",
            ])
        #expect(
            Stat.allCases.map { Resource.emails.name(of: $0) } == [
                "total", "recipients", "attempts", "scheduled", "queued", "sent", "delivered", "opened", "undelivered",
                nil, "failed", "canceled",
            ])
        #expect(
            Resource.pushNotifications.stats.map { Resource.pushNotifications.name(of: $0) } == [
                "total", "recipients", "attempts", "scheduled", "queued", "sent", "delivered", "undelivered",
                "unaddressable", "failed", "canceled",
            ])
    }
}
