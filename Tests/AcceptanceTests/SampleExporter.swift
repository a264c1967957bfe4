import HTTPServer
import TestSupport

/// An exporter that has polled once, which showed it the documentation's sample unless told otherwise, and polls no more.
struct SampleExporter {
    private let api: StandIn
    let exporter: ExporterProcess

    init(_ answer: @escaping @Sendable (ServerRequest) -> ServerResponse = SeedSample.answer) async throws {
        api = try StandIn(answer)
        exporter = try await ExporterProcess(baseURL: api.baseURL, storage: ":memory:", interval: "1h")
        _ = try await exporter.scrape(when: "a poll has ended") { $0[series("polls_total")] == 1 }
    }

    func scrape(_ accept: String, coding: String = "identity") throws -> RawResponse {
        try AcceptanceTests.scrape(port: exporter.port, [("Accept", accept), ("Accept-Encoding", coding)])
    }

    /// The samples of the text format, with labels in the order of their names.
    func text() throws -> Samples {
        Samples(try scrape("text/plain").body).sorted
    }
}
