import HTTPClient
import Testing

@testable import CommsAPI
@testable import Operations

/// Every member of an operation, replaced by every kind of value JSON has.
@Suite struct `A value that is not what the API documents` {
    private static let long = String(repeating: "x", count: 100_000)

    /// As they stand in a document; the long ones are named in `spelling`.
    private static let values = [
        "null", "true", "false", "0", "-0", "1", "-1", "1.0", "1e3", "1.5", "9007199254740992", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "1e300", "-1e300", #""""#, #""text""#, #""1""#, "[]", "{}", "[1]",
        #"{"a": 1}"#, #""\u0000""#, #""a\u0000b""#, #""\ud800""#, #""\udc00\ud800""#, "long text", "long number",
        "deep array",
    ]
    private static let counts: [String: Int64] = [
        "0": 0, "-0": 0, "1": 1, "1.0": 1, "1e3": 1000, "9007199254740992": 9_007_199_254_740_992,
    ]

    private func spelling(_ value: String) -> String {
        switch value {
        case "long text": "\"\(Self.long)\""
        case "long number": String(repeating: "9", count: 100_000)
        case "deep array": String(repeating: "[", count: 50) + String(repeating: "]", count: 50)
        default: value
        }
    }

    /// What a page says that has the element between two good ones, which must be there whatever it is.
    private func read(_ element: String) throws -> (operation: Operation?, invalid: [InvalidReason: Int]) {
        let page = try decode(list(good("before"), element, good("after")))
        #expect(page.operations.first?.id == "before")
        #expect(page.operations.last?.id == "after")
        return (page.operations.count == 3 ? page.operations[1] : nil, page.invalid)
    }

    private func good(_ id: String) -> String { element(id: "\"\(id)\"") }

    @Test(arguments: values)
    func `for an element is no operation`(value: String) throws {
        let (operation, invalid) = try read(spelling(value))
        #expect(operation == nil)
        #expect(invalid == [value.hasPrefix("{") ? .id : .notAnObject: 1])
    }

    @Test(arguments: values)
    func `for an id is no operation, unless it can be one`(value: String) throws {
        let (operation, invalid) = try read(element(id: spelling(value)))
        let taken = [#""text""#: "text", #""1""#: "1"][value]
        #expect(operation?.id == taken)
        #expect(invalid == (taken == nil ? [.id: 1] : [:]))
    }

    @Test(arguments: values)
    func `for a creation time is no operation`(value: String) throws {
        let (operation, invalid) = try read(element(createdAt: spelling(value)))
        #expect(operation == nil)
        #expect(invalid == [.createdAt: 1])
    }

    @Test(arguments: values)
    func `for an update time leaves the rest`(value: String) throws {
        let (operation, invalid) = try read(element(updatedAt: spelling(value)))
        #expect(operation?.updatedAt == nil)
        #expect(operation?.stats == [.total: 1])
        #expect(invalid == [.updatedAt: 1])
    }

    @Test(arguments: values)
    func `for a status leaves the rest`(value: String) throws {
        let (operation, invalid) = try read(element(status: spelling(value)))
        #expect(operation?.status == .unknown)
        #expect(operation?.stats == [.total: 1])
        #expect(invalid == [.status: 1])
    }

    @Test(arguments: values)
    func `for all stats leaves the rest`(value: String) throws {
        let (operation, invalid) = try read(element(stats: spelling(value)))
        #expect(operation?.status == .completed)
        #expect(operation?.stats == [:])
        #expect(invalid == (value.hasPrefix("{") ? [:] : [.stats: 1]))
    }

    @Test(arguments: Stat.allCases)
    func `for a stat leaves the others, unless it is a count`(stat: Stat) throws {
        let name = "\(stat)"
        let other = stat == .total ? Stat.sent : .total
        for value in Self.values {
            let stats = #"{"\#(name)": \#(spelling(value)), "\#(other)": 7}"#
            let (operation, invalid) = try read(element(stats: stats))
            #expect(operation?.stats[stat] == Self.counts[value], "\(name): \(value)")
            #expect(operation?.stats[other] == 7, "\(name): \(value)")
            #expect(invalid == (Self.counts[value] == nil ? [.stats: 1] : [:]), "\(name): \(value)")
        }
    }

    @Test(arguments: values)
    func `for a member that is not documented is nobody's business`(value: String) throws {
        let plain = try read(good("a"))
        let value = spelling(value)
        let members = #""new": \#(value), "id": "a", "status": "COMPLETED", "createdAt": "2024-04-20T14:00:00Z", "#
        let stats = #""stats": {"bounced": \#(value), "total": 1}, "updatedAt": "2024-04-20T14:00:05Z""#
        let (operation, invalid) = try read("{\(members)\(stats)}")
        #expect(operation == plain.operation)
        #expect(invalid == [:])
    }

    @Test(arguments: values)
    func `for the next token is the end or an error, never a wrong token`(value: String) throws {
        let document = #"{"operations": [\#(good("a"))], "pagination": {"next": \#(spelling(value))}}"#
        switch value {
        case "null", #""""#: #expect(try decode(document).nextToken == nil)
        case #""text""#: #expect(try decode(document).nextToken == PageToken("text"))
        case #""1""#: #expect(try decode(document).nextToken == PageToken("1"))
        case #""\u0000""#: #expect(try decode(document).nextToken == PageToken("\0"))
        case #""a\u0000b""#: #expect(try decode(document).nextToken == PageToken("a\0b"))
        default: #expect(throws: MalformedBody.self) { try decode(document) }
        }
    }

    @Test(arguments: values)
    func `for pagination is the end or an error`(value: String) throws {
        let document = #"{"operations": [\#(good("a"))], "pagination": \#(spelling(value))}"#
        guard ["null", "{}", #"{"a": 1}"#].contains(value) else {
            #expect(throws: MalformedBody.self) { try decode(document) }
            return
        }
        #expect(try decode(document).nextToken == nil)
    }

    @Test(arguments: values)
    func `for the list is an error, unless it is one`(value: String) throws {
        let document = #"{"operations": \#(spelling(value)), "pagination": {"next": null}}"#
        switch value {
        case "[]", "null": #expect(try decode(document) == Page(operations: []))
        case "[1]", "deep array": #expect(try decode(document) == Page(operations: [], invalid: [.notAnObject: 1]))
        default: #expect(throws: MalformedBody.self) { try decode(document) }
        }
    }

    @Test(arguments: values)
    func `of an operation that is fetched by its id is judged as in a list`(value: String) throws {
        let value = spelling(value)
        for text in [element(status: value), element(stats: value), element(createdAt: value)] {
            let listed = try decode(list(text))
            let fetched = try PageDecoder(resource: .messages)
                .decodeOperation(HTTPBody(Array(text.utf8)), id: "comms_operation_1")
            #expect(fetched == listed)
        }
    }
}

@Suite struct `An id` {
    @Test(arguments: [
        "comms_operation_01h9krwprkeee8fzqspvwy6nq8", "comms_operation_01H9KRWPRKEEE8FZQSPVWY6NQ8", "OP1", "7",
        "550e8400-e29b-41d4-a716-446655440000", "-", "_",
    ])
    func `other than the documented ones is taken where it is safe in a path`(id: String) throws {
        #expect(try decode(list(element(id: "\"\(id)\""))).operations.map(\.id) == [id])
    }

    @Test(arguments: [
        ".", "..", "a/b", "a%2Fb", "a?b", "a#b", "a b", " a", "a\\n", "a\\\\b", "a\\\"b", "a;b", "a,b", "a:b", "a@b",
        "ａ", "\\u0061\\u0300", "\\ud83d\\ude00", "{{x}}", "$(x)", "'",
    ])
    func `that is not is skipped`(id: String) throws {
        let page = try decode(list(element(id: "\"\(id)\"")))
        #expect(page == Page(operations: [], invalid: [.id: 1]))
    }

    @Test func `that comes twice in a page is two observations, in the order of the page`() throws {
        let page = try decode(list(element(stats: #"{"total": 2}"#), element(stats: #"{"total": 1}"#)))
        #expect(page.operations.map(\.stats) == [[.total: 2], [.total: 1]])
        #expect(page.invalid.isEmpty)
    }
}

@Suite struct `A status` {
    @Test(arguments: [
        ("SCHEDULED", OperationStatus.scheduled), ("scheduled", .scheduled), ("ScHeDuLeD", .scheduled),
        ("PROCESSING", .processing), ("Processing", .processing), ("COMPLETED", .completed), ("completeD", .completed),
        ("CANCELED", .canceled), ("canceled", .canceled), (#"\u0043ANCELED"#, .canceled),
    ])
    func `counts in any case of its letters`(text: String, status: OperationStatus) throws {
        let page = try decode(list(element(status: "\"\(text)\"")))
        #expect(page.operations.map(\.status) == [status])
        #expect(page.invalid.isEmpty)
    }

    @Test(arguments: [
        "CANCELLED", "QUEUED", "FAILED", "UNKNOWN", "COMPLETE", "COMPLETEDD", " COMPLETED", "COMPLETED\\u0000",
        "ＣＯＭＰＬＥＴＥＤ", "ſcheduled", "processıng",
    ])
    func `that nobody documents is unknown`(text: String) throws {
        let page = try decode(list(element(status: "\"\(text)\"")))
        #expect(page.operations.map(\.status) == [.unknown])
        #expect(page.invalid == [.status: 1])
    }
}
