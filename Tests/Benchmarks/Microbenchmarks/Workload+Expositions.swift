import Exposition
import Gzip
import Ledger
import Metrics
import Operations
import Polling

extension Workload {
    /// What is done to the numbers of one account before they can be scraped.
    static let expositions = [
        families, encoding("text", .text), encoding("openmetrics", .openMetrics), encoding("protobuf", .protobuf), gzip,
    ]

    private static let families = Workload("families", "makes the metric families of one account", "families") {
        _, _ in
        let snapshot = try snapshot()
        return { _ in MetricCatalog.families([snapshot]).count }
    }

    private static func encoding(_ name: String, _ syntax: ExpositionSyntax) -> Workload {
        Workload(name, "encodes the metric families of one account as \(name)", "bytes") { _, _ in
            let families = MetricCatalog.families([try snapshot()])
            return { _ in syntax.encoded(families).count }
        }
    }

    private static let gzip = Workload("gzip", "compresses the text of one account", "bytes") { _, _ in
        let text = ExpositionSyntax.text.encoded(MetricCatalog.families([try snapshot()]))
        return { _ in Deflated(text)?.gzip(then: [])?.count ?? 0 }
    }
}

/// What an account is exposed as whose ledger has listed a page.
func snapshot() throws -> AccountSnapshot {
    let ledger = try ledger(pages: 1)
    try ledger.completeWindow()
    return AccountSnapshot(
        account: "default", resource: .messages, health: PollHealth(began: OperationList.now), ledger: ledger.state,
        reading: ledger.readingInForce)
}
