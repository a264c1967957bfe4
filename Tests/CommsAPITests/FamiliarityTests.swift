import HTTPClient
import Locking
import Operations
import Testing

@testable import CommsAPI

@Suite struct `An operation that is known by its text` {
    private let known = Locked(FingerprintTable())
    private let decoder = PageDecoder(resource: .messages)

    /// Reads a page, and takes what it shows for recorded.
    private func see(_ elements: String...) throws -> Page {
        let text = #"{"operations": [\#(elements.joined(separator: ","))]}"#
        let page = try decoder.decode(HTTPBody(Array(text.utf8)), known: known)
        known.withLock { known in for sighting in page.sightings { known.note(sighting) } }
        return page
    }

    private func one(_ id: String, total: Int = 1) -> String {
        element(id: "\"\(id)\"", stats: #"{"total": \#(total)}"#)
    }

    @Test func `is left out, and its id is told all the same`() throws {
        let first = try see(one("a"), one("b"))
        #expect(first.operations.map(\.id) == ["a", "b"])
        let second = try see(one("b"), one("a"))
        #expect(second.operations == [])
        #expect(second.ids == [Fingerprint.hash(ofID: "b"), Fingerprint.hash(ofID: "a")])
        #expect(first.ids == second.ids.reversed())
        #expect(second.invalid == [:])
    }

    @Test func `is read again when a letter of it has changed`() throws {
        _ = try see(one("a"), one("b"))
        #expect(try see(one("a", total: 2), one("b")).operations.map(\.stats) == [[.total: 2]])
        #expect(try see(one("a", total: 2), one("b")).operations == [])
        #expect(try see(one("a"), one("b")).operations.map(\.stats) == [[.total: 1]])
    }

    @Test func `is read from where the page shows it changed, also where it changes back`() throws {
        _ = try see(one("a"), one("b"))
        let page = try see(one("a"), one("a", total: 2), one("b"), one("a"))
        #expect(page.operations.map(\.stats) == [[.total: 2], [.total: 1]])
        #expect(page.ids.count == 4)
    }

    @Test(arguments: [
        element(updatedAt: "null"), element(status: #""SLEEPING""#), element(stats: #"{"total": -1}"#),
    ])
    func `is not one with a fault, which is counted each time`(_ faulty: String) throws {
        let first = try see(faulty, one("b"))
        let second = try see(faulty, one("b"))
        #expect(first.invalid.values.map(\.self) == [1])
        #expect(second.invalid == first.invalid)
        #expect(second.operations.map(\.id) == ["comms_operation_1"])
    }

    @Test func `is known whatever blanks it is written with, if they are the same`() throws {
        let spaced =
            "{ \"id\" :\n \"a\", \"stats\": {}, \"createdAt\": \"2024-04-20T14:00:00Z\","
            + " \"updatedAt\": \"2024-04-20T14:00:00Z\", \"status\": \"COMPLETED\"\n}"
        #expect(try see(spaced, one("b")).operations.map(\.id) == ["a", "b"])
        #expect(try see(spaced + " ", one("b")).operations == [])
        #expect(try see(one("a"), one("b")).operations.map(\.id) == ["a"])
    }

    /// Another member first, an escape in it, and an id that comes twice: the last one counts, and the first one is another's.
    @Test(arguments: [
        #"{"status":"COMPLETED","id":"a","#, #"{"id":"\u0061","status":"COMPLETED","#,
        #"{"id":"b","status":"COMPLETED","id":"a","#,
    ])
    func `is not one whose id is not what it begins with`(_ beginning: String) throws {
        let odd = beginning + #""stats":{},"createdAt":"2024-04-20T14:00:00Z","updatedAt":"2024-04-20T14:00:00Z"}"#
        #expect(try see(odd).operations.map(\.id) == ["a"])
        #expect(try see(odd).operations.map(\.id) == ["a"])
        #expect(known.withLock(\.count) == 0)
    }

    @Test func `is not known after one whose id cannot be told, since it may be the same`() throws {
        _ = try see(one("a"), one("b"))
        let odd = #"{"status":"COMPLETED","id":"b","stats":{},"createdAt":"2024-04-20T14:00:00Z","updatedAt":null}"#
        #expect(try see(one("a"), odd, one("b")).operations.map(\.id) == ["b", "b"])
    }

    @Test func `is known no more when all has been forgotten, and pages tell since when`() throws {
        #expect(try see(one("a")).generation == 0)
        #expect(try see(one("a")).operations == [])
        known.withLock { $0.removeAll() }
        let page = try see(one("a"))
        #expect(page.operations.map(\.id) == ["a"])
        #expect(page.generation == 1)
    }

    @Test(arguments: [#"{"id":"a"#, #"{"id":"a" "b"}"#, #"{"id":"a",}"#, "{]}", #"{"id":"a"}}"#])
    func `does not make a page of what is none`(_ element: String) throws {
        #expect(throws: MalformedBody.self) { try see(element) }
        #expect(throws: MalformedBody.self) { try see(one("a"), element) }
    }
}
