import CommsAPI
import HTTPClient
import Operations

/// Decodes any bytes as the API's answers and holds the result against what is promised of every result.
package final class PageCheck {
    /// It lives as long as the exporter's does, since it reuses its buffers.
    private let decoder = PageDecoder(resource: .messages)

    package init() {}

    package func run(_ bytes: [UInt8]) throws(BrokenPromise) {
        let body = HTTPBody(bytes)
        let page = try? decoder.decode(body)
        try promise((try? decoder.decode(body)) == page, "the second reading differs from the first")
        try agree(page, ReferencePage(list: bytes)?.page, "the list")
        if let page { try judge(page) }
        try runAlone(body, bytes)
    }

    /// The same bytes as an operation that was fetched by its id.
    private func runAlone(_ body: HTTPBody, _ bytes: [UInt8]) throws(BrokenPromise) {
        let id = "comms_operation_01h9krwprkeee8fzqspvwy6nq8"
        let page = try? decoder.decodeOperation(body, id: id)
        try agree(page, ReferencePage(operation: bytes, id: id)?.page, "the operation")
        guard let page else { return }
        try judge(page)
        try promise(page.operations.allSatisfy { $0.id == id }, "another operation was taken for the one asked for")
    }

    private func agree(_ page: Page?, _ reference: Page?, _ what: String) throws(BrokenPromise) {
        try promise(page == reference, "\(what) is read as \(text(page)) but says \(text(reference))")
    }

    private func text(_ page: Page?) -> String {
        page.map { "\($0.operations) \($0.invalid) next: \($0.nextToken != nil)" } ?? "no page"
    }

    private func judge(_ page: Page) throws(BrokenPromise) {
        for operation in page.operations {
            try promise((1...128).contains(operation.id.utf8.count), "an id of \(operation.id.utf8.count) bytes")
            for time in [operation.createdAt, operation.updatedAt].compactMap(\.self) {
                // From 1970 to the end of 9999.
                try promise((0..<253_402_300_800_000).contains(time.milliseconds), "the time \(time.milliseconds)")
                try promise(
                    Timestamp(rfc3339: time.description)?.wholeSeconds == time.wholeSeconds, "\(time) is another time")
            }
            for stat in Stat.allCases {
                try promise((0...1 << 53).contains(operation.stats[stat] ?? 0), "\(stat) is no count")
            }
        }
        try promise(page.invalid.values.allSatisfy { $0 > 0 }, "a fault that never happened")
    }
}
