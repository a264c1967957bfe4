import HTTPClient
import Testing

@testable import CommsAPI
@testable import Operations

/// The parser keeps its buffers up to 4 MiB and replaces larger ones, into which the texts of a page point.
@Suite struct `A huge page` {
    private let kept = 4 << 20

    @Test(arguments: [-1, 0, 1, 1 << 20])
    func `is read to the last text, around the size up to which buffers are kept`(excess: Int) throws {
        #expect(try decode(huge("a", length: kept + excess)) == expected("a"))
    }

    @Test func `leaves the parser fit for the next, small or huge`() throws {
        let decoder = PageDecoder(resource: .messages)
        for (name, length) in [("a", 0), ("b", 2 * kept), ("c", 0), ("d", kept + 1), ("e", 3 * kept), ("f", 0)] {
            #expect(try decoder.decode(HTTPBody(Array(huge(name, length: length).utf8))) == expected(name))
        }
    }

    @Test func `that is malformed leaves the parser fit for the next`() throws {
        let decoder = PageDecoder(resource: .messages)
        let broken = huge("a", length: 2 * kept) + "}"
        #expect(throws: MalformedBody.self) { try decoder.decode(HTTPBody(Array(broken.utf8))) }
        #expect(try decoder.decode(HTTPBody(Array(huge("b", length: 0).utf8))) == expected("b"))
    }

    /// As many operations as are allowed, ten times as many as can be asked for; the parser keeps room for fewer.
    @Test func `of many operations leaves the parser fit for the next`() throws {
        let decoder = PageDecoder(resource: .messages)
        for count in [1, 10_000, 2, 10_000, 3] {
            let many = (0..<count).map { element(id: "\"id\($0)\"") }.joined(separator: ",")
            let page = try decoder.decode(HTTPBody(Array(list(many).utf8)))
            #expect(page.operations.map(\.id) == (0..<count).map { "id\($0)" })
        }
    }

    /// A hundred operations and a token, all named after `name`, in a document of at least this length.
    private func huge(_ name: String, length: Int) -> String {
        let elements = (0..<100).map { element(id: "\"\(name)\($0)\"") }.joined(separator: ",")
        let start = #"{"operations": [\#(elements)], "pagination": {"next": "\#(name)"}, "x": ""#
        return start + String(repeating: "x", count: max(0, length - start.utf8.count - 2)) + #""}"#
    }

    private func expected(_ name: String) throws -> Page {
        let one = try #require(try decode(list(element())).operations.first)
        let operations = (0..<100).map {
            Operation(
                id: "\(name)\($0)", status: one.status, stats: one.stats, createdAt: one.createdAt,
                updatedAt: one.updatedAt)
        }
        return Page(operations: operations, nextToken: PageToken(name))
    }
}
