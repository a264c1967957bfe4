import HTTPServer
import Locking
import TestSupport
import Testing

/// What the built exporter makes of a page with one operation of each fault there is, between good ones.
@Suite(.fewAtATime) struct MalformedPageTests {
    /// An operation of ten messages, five of them delivered, but for the members given.
    private static func operation(
        _ id: String, status: String = #""COMPLETED""#, stats: String = #"{"total": 10, "queued": 5, "delivered": 5}"#,
        createdAt: String = #""2024-04-20T16:00:30Z""#, updatedAt: String = #""2024-04-20T16:00:40Z""#
    ) -> String {
        let members = #""id": \#(id), "status": \#(status), "stats": \#(stats), "#
        return #"{\#(members)"createdAt": \#(createdAt), "updatedAt": \#(updatedAt)}"#
    }

    private static let long = "\"\(String(repeating: "x", count: 100_000))\""

    /// Not to be counted: nobody could tell them from others, or from those before the ledger.
    private static let skipped =
        ["null", "7", #""text""#, "[]", "true"]
        + ["null", "7", #""""#, #""../x""#, #""a\u0000""#, #""\ud800""#, "{}", long].map { operation($0) } + ["{}"]
        + ["null", "1713628830", #""yesterday""#, #""2024-13-01T00:00:00Z""#, #""2034-04-20T16:00:30Z""#, "[]", long]
        .enumerated().map { operation("\"created\($0)\"", createdAt: $1) }

    /// Ten messages each, whatever else is wrong.
    private static let tolerated =
        ["null", "7", #""soon""#, #""2024-04-20T15:00:00Z""#, #""2034-04-20T16:00:30Z""#, "{}"]
        .enumerated().map { operation("\"updated\($0)\"", updatedAt: $1) }
        + ["null", "7", #""SHIPPED""#, #""\ud800""#].enumerated().map { operation("\"status\($0)\"", status: $1) }

    /// Delivered alone can be read.
    private static let withoutTotal =
        [
            "null", "-1", "1.5", "1e300", "9223372036854775807", "9223372036854775808", #""10""#, "true", "[]", "{}",
            long,
        ].enumerated().map { operation("\"total\($0)\"", stats: #"{"total": \#($1), "delivered": 5}"#) }

    private static let withoutStats =
        ["null", "[]", "7", #""text""#].enumerated().map { operation("\"stats\($0)\"", stats: $1) }

    /// Nothing is wrong with these, though none is as the documentation writes it.
    private static let unusual = [
        operation("\"unusual1\"", status: #""completed""#, stats: #"{"total": 1e1, "delivered": 5.0, "failed": -0}"#),
        operation("\"unusual2\"", stats: #"{"total": 10, "delivered": 5, "bounced": -1, "new": {"a": [null]}}"#),
        operation("\"OTHER-PATTERN_3\"", stats: #"{"delivered": 5, "total": 10}"#),
        #"{"new": \#(long), "id": "unusual4", "createdAt": "2024-04-20T18:00:30+02:00", "status": "COMPLETED","#
            + #" "stats": {"total": 10, "delivered": 5}, "updatedAt": "2024-04-20T16:00:40.25Z", "stats2": null}"#,
    ]

    /// An operation that is listed twice on a page and once more on the next one, with ever more messages.
    private static func repeated(_ total: Int) -> String {
        operation("\"twice\"", stats: #"{"total": \#(total), "delivered": 5}"#)
    }

    private static let first = page(
        [operation("\"good1\"")] + skipped + tolerated + [repeated(9), operation("\"good2\""), repeated(10)]
            + withoutTotal + withoutStats + unusual, pagination: #", "pagination": {"next": "more", "self": 7}"#)
    private static let second = page([repeated(12), "null", operation("\"good3\"")], pagination: "")

    private static func page(_ elements: [String], pagination: String) -> String {
        #"{"operations": [\#(elements.joined(separator: ", "))]\#(pagination)}"#
    }

    /// Gives both pages once: to the first list of the last hour, which has a begin and no end.
    private static func answer(_ request: ServerRequest, _ left: Locked<[String]>) -> ServerResponse {
        let isLastHour = request.query("startDate") != nil && request.query("endDate") == nil
        let isNext = isLastHour && request.query("status") == nil
        let body = left.withLock { isNext && !$0.isEmpty ? $0.removeFirst() : nil }
        return .json(body ?? #"{"operations": [], "pagination": {"next": ""}}"#, headers: [SeedSample.date])
    }

    @Test("each malformed operation is counted by its reason, and all others count")
    func malformedPage() async throws {
        let left = Locked([Self.first, Self.second])
        let api = try LateAPI { Self.answer($0, left) }
        let exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:")
        let samples = try await exporter.scrape(when: "both pages are counted") {
            $0[FaultTests.up] == 1 && $0[series("operations_seen_total")] ?? 0 >= 33
        }
        #expect(await exporter.program.end().status == 0)
        #expect(samples.bySeries.filter { $0.key.contains("poll_failures") && $0.value > 0 }.isEmpty)
        let invalid = [
            "not_an_object": 6, "id": 9, "created_at": 7, "updated_at": 6, "status": 4, "stats": 15,
        ]
        for (reason, count) in invalid {
            #expect(samples[series("invalid_operations_total", "reason=\"\(reason)\"")] == Double(count), "\(reason)")
        }
        // 3 good ones, 10 tolerated, 11 without total, 4 without stats, 4 unusual, 1 listed three times.
        #expect(samples[series("operations_seen_total")] == 33)
        #expect(samples[series("window_operations", #"status="completed""#)] == 29)
        #expect(samples[series("window_operations", #"status="unknown""#)] == 4)
        #expect(samples[series("operations_finished_total", #"status="completed""#)] == 29)
        #expect(samples[series("messages_total")] == 182)
        #expect(samples[series("message_outcomes_total", #"outcome="delivered""#)] == 145)
        #expect(samples[series("message_outcomes_total", #"outcome="failed""#)] == 0)
        #expect(samples[series("operation_duration_seconds_count")] == 23)
        #expect(samples.bySeries.filter { $0.key.contains("regressions") && $0.value > 0 }.isEmpty)
    }
}
