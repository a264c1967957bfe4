import HTTPClient
import TestSupport
import Testing

import struct Foundation.Data
import class Foundation.JSONSerialization
import struct Simulator.SplitMix64

@testable import CommsAPI
@testable import Operations

@Suite struct `Reading a page of operations` {
    @Test func `the documented example`() throws {
        let operation = Operation(
            id: "comms_operation_01h9krwprkeee8fzqspvwy6nq8", status: .scheduled,
            stats: [
                .total: 10, .recipients: 10, .attempts: 12, .scheduled: 2, .queued: 5, .sent: 3, .delivered: 3,
                .read: 1,
                .undelivered: 1, .unaddressable: 0, .failed: 0, .canceled: 0,
            ],
            createdAt: Timestamp(seconds: 1_713_621_600), updatedAt: Timestamp(seconds: 1_713_627_000))
        let next = "eyJwYWdlVG9rZW4iOiAiY29tbXNfb3BlcmF0aW9uXzAxaG5rcnducHJrZWVlOGZ6cXNwdnd5Nm5xOSJ9"
        #expect(try decode(documentedPage) == Page(operations: [operation], nextToken: PageToken(next)))
    }

    @Test func `an empty list is a page`() throws {
        #expect(try decode(#"{"operations":[]}"#) == Page(operations: []))
    }

    @Test func `e-mail operations report opened where messages report read`() throws {
        let emails = Resource.emails
        let page = list(element(stats: #"{"total": 5, "sent": 5, "opened": 3, "read": 4}"#))
        #expect(try decode(page, of: emails).operations.first?.stats == [.total: 5, .sent: 5, .read: 3])
        #expect(try decode(page).operations.first?.stats == [.total: 5, .sent: 5, .read: 4])
    }

    @Test func `a count the resource does not have is not read, whatever it is called`() throws {
        let page = list(element(stats: #"{"sent": 5, "read": 4, "": 3, "unaddressable": -1}"#))
        let decoded = try decode(page, of: .pushNotifications)
        #expect(decoded.operations.first?.stats.counts == [.sent: 5])
        #expect(decoded.operations.first?.stats.unreadable == [.unaddressable])
        #expect(decoded.invalid == [.stats: 1])
        let email = try decode(page, of: .emails)
        #expect(email.operations.first?.stats == [.sent: 5])
        #expect(email.invalid.isEmpty)
    }

    @Test func `stats that are not reported are not zero, and no fault`() throws {
        let page = try decode(list(element(stats: #"{"total": 1, "sent": 0, "delivered": 1, "read": 0}"#)))
        #expect(page.operations.first?.stats == [.total: 1, .sent: 0, .delivered: 1, .read: 0])
        #expect(page.operations.first?.stats[.attempts] == nil)
        #expect(page.invalid.isEmpty)
    }

    @Test func `unknown members are ignored at every level`() throws {
        let page = try decode(
            #"""
            {"meta": {"a": [1, {"b": null}, "c\n\ud83d\ude00", -1.5e+3, true]}, "pagination": {"more": [[]], "next": null},
             "operations": [{"tags": {}, "id": "a", "status": "COMPLETED", "stats": {"bounced": -1, "total": 1, "x": {}},
              "createdAt": "2024-04-20T14:00:00Z", "extra": [{"id": "b"}], "updatedAt": "2024-04-20T14:00:00Z"}], "z": false}
            """#)
        #expect(page.operations.map(\.id) == ["a"])
        #expect(page.operations.first?.stats == [.total: 1])
        #expect(page.invalid.isEmpty)
        #expect(page.nextToken == nil)
    }

    @Test func `escapes in names and values are read`() throws {
        let page = try decode(list(#"{"\u0069d":"\u0061\u002d1","createdAt":"2024-04-20T14\u003a00:00Z"}"#))
        #expect(page.operations.first?.id == "a-1")
    }

    @Test func `of members that come twice the last one counts`() throws {
        let twice = """
            {"id": "a", "id": "b", "status": "SCHEDULED", "status": "COMPLETED", "stats": {"total": 9, "sent": 1},
             "stats": {"total": 1, "total": "x", "failed": -1, "failed": 2},
             "createdAt": "2024-04-20T14:00:00Z", "updatedAt": "2024-04-20T14:00:00Z"}
            """
        let operation = try #require(try decode(list(twice)).operations.first)
        #expect(operation.id == "b")
        #expect(operation.status == .completed)
        #expect(operation.stats.counts == [.failed: 2])
        #expect(operation.stats.unreadable == [.total])
        let lists = #"{"operations": [\#(element(id: #""a""#))], "operations": [\#(element(id: #""b""#))]}"#
        #expect(try decode(lists).operations.map(\.id) == ["b"])
    }

    @Test(
        arguments: [
            ("PROCESSING", .processing), ("processing", .processing), ("Scheduled", .scheduled),
            ("CANCELED", .canceled),
            ("completed", .completed),
        ] as [(String, OperationStatus)])
    func `the case of a status does not count`(text: String, status: OperationStatus) throws {
        let page = try decode(list(element(status: "\"\(text)\"")))
        #expect(page.operations.first?.status == status)
        #expect(page.invalid.isEmpty)
    }

    @Test func `a parser that has read one page reads the next`() throws {
        let decoder = PageDecoder(resource: .messages)
        let long = list(element(id: "\"\(String(repeating: "a", count: 128))\""))
        for text in [documentedPage, long, #"{"operations": []}"#, documentedPage] {
            let again = try decoder.decode(HTTPBody(Array(text.utf8)))
            #expect(try again == decode(text))
        }
        #expect(throws: MalformedBody.self) { try decoder.decode(HTTPBody([])) }
        #expect(try decoder.decode(HTTPBody(Array(long.utf8))).operations.count == 1)
    }
}

@Suite struct `Faults of one operation` {
    @Test(
        arguments: [
            ("null", .notAnObject), ("[]", .notAnObject), ("1", .notAnObject), (#""id""#, .notAnObject),
            ("{}", .id), (element(id: "null"), .id), (element(id: "7"), .id), (element(id: #""""#), .id),
            (element(id: #""../x""#), .id), (element(id: #""a b""#), .id), (element(id: #""a\u0000""#), .id),
            (element(id: #""\ud800""#), .id), (element(id: "\"\(String(repeating: "a", count: 129))\""), .id),
            (element(id: #"{"id": "a"}"#), .id), (element(id: #""ä""#), .id),
            (element(createdAt: "null"), .createdAt), (element(createdAt: "1713621600"), .createdAt),
            (element(createdAt: #""yesterday""#), .createdAt),
            (element(createdAt: #""2024-13-01T00:00:00Z""#), .createdAt),
            (element(createdAt: "[]"), .createdAt), (#"{"id": "a"}"#, .createdAt),
        ] as [(String, InvalidReason)])
    func `skip it, count it, and leave the others`(faulty: String, reason: InvalidReason) throws {
        let page = try decode(list(element(id: #""before""#), faulty, element(id: #""after""#)))
        #expect(page.operations.map(\.id) == ["before", "after"])
        #expect(page.invalid == [reason: 1])
    }

    @Test(arguments: ["null", "7", #""""#, #""soon""#, "{}", #""2024-02-30T00:00:00Z""#])
    func `an unreadable updatedAt is nil and counted`(updatedAt: String) throws {
        let page = try decode(list(element(updatedAt: updatedAt)))
        #expect(page.operations.first?.updatedAt == nil)
        #expect(page.operations.count == 1)
        #expect(page.invalid == [.updatedAt: 1])
    }

    @Test(arguments: ["null", "7", #""""#, #""FAILED""#, #""unknown""#, "[]", #""COMPLETED ""#])
    func `a status nobody documents is unknown and counted`(status: String) throws {
        let page = try decode(list(element(status: status)))
        #expect(page.operations.map(\.status) == [.unknown])
        #expect(page.invalid == [.status: 1])
    }

    @Test(arguments: ["null", "[]", "7", #""x""#, "[{}]"])
    func `stats that are no object report nothing, and are counted once`(stats: String) throws {
        let page = try decode(list(element(stats: stats)))
        #expect(page.operations.map(\.stats) == [[:]])
        #expect(page.invalid == [.stats: 1])
    }

    @Test func `missing members count each, and the operation stays`() throws {
        let page = try decode(list(#"{"id": "a", "createdAt": "2024-04-20T14:00:00Z"}"#))
        #expect(page.operations.count == 1)
        #expect(page.invalid == [.updatedAt: 1, .status: 1, .stats: 1])
    }

    @Test(arguments: [
        "null", "-1", "-1.0", "0.5", "1e-1", "1.00000000000000000001", "10000000000000000.5", "1e16", "1e300", "1e999",
        "9007199254740993", "90071992547409930e-1", "1e99999999999999999999", "1e-99999999999999999999",
        "9223372036854775808",
        "123456789012345678901234567890", #""12""#, "true", "false", "[]", "[1]", "{}", #"{"value": 1}"#,
    ])
    func `a stat that is no count is not reported, and counted`(value: String) throws {
        let page = try decode(list(element(stats: #"{"sent": 3, "total": \#(value), "failed": 4}"#)))
        #expect(page.operations.map(\.stats.counts) == [[.sent: 3, .failed: 4]])
        #expect(page.operations.map(\.stats.unreadable) == [[.total]])
        #expect(page.invalid == [.stats: 1])
    }

    @Test func `several faults of one operation's stats count once`() throws {
        let stats = #"{"sent": -1, "total": null, "failed": 2.5, "read": 0}"#
        let page = try decode(list(element(stats: stats), element(stats: stats)))
        #expect(page.operations.map(\.stats.counts) == [[.read: 0], [.read: 0]])
        #expect(page.operations.map(\.stats.unreadable) == Array(repeating: [.total, .sent, .failed], count: 2))
        #expect(page.invalid == [.stats: 2])
    }

    @Test(
        arguments: [
            ("0", 0), ("9007199254740992", 9_007_199_254_740_992), ("1\n", 1), ("  2  ", 2), ("-0", 0), ("0.0", 0),
            ("-0.0e-7", 0), ("0e99999999999999999999", 0), ("1.0", 1), ("1e3", 1000), ("1E+3", 1000), ("1.25e2", 125),
            ("100e-2", 1), ("0.0001e4", 1), ("10203.0", 10_203), ("9007199254740992.0", 9_007_199_254_740_992),
            ("9007199254740.992e3", 9_007_199_254_740_992), ("90071992547409920e-1", 9_007_199_254_740_992),
            ("1.\(String(repeating: "0", count: 100_000))", 1), ("1\(String(repeating: "0", count: 99))e-99", 1),
        ] as [(String, Int64)])
    func `counts up to 2 to the 53rd are read, however they are written`(text: String, value: Int64) throws {
        #expect(try decode(list(element(stats: #"{"total":\#(text)}"#))).operations.map(\.stats) == [[.total: value]])
    }
}

@Suite struct `The end of a list` {
    @Test(arguments: [
        #"{"operations": []}"#, #"{"operations": [], "pagination": null}"#, #"{"operations": [], "pagination": {}}"#,
        #"{"operations": [], "pagination": {"next": null}}"#, #"{"operations": [], "pagination": {"next": ""}}"#,
        #"{"operations": [], "pagination": {"self": "abc"}}"#,
        #"{"operations": [], "pagination": {"next": "abc", "self": "abc"}}"#,
    ])
    func `is a next that is not there`(text: String) throws {
        #expect(try decode(text).nextToken == nil)
    }

    @Test(arguments: [
        ("abc", "abc"), (#"a+\/b=="#, "a+/b=="), ("ü", "ü"), ("httpsomething", "httpsomething"),
        ("https://comms.twilio.com/v1/Messages/Operations?pageSize=5&pageToken=a%2Bb%3D%3D", "a+b=="),
        ("http://other.example/?pageToken=x+y&z#pageToken=no", "x+y"),
    ])
    func `is not reached while next gives a token, bare or in a URL`(next: String, token: String) throws {
        let page = try decode(#"{"operations": [], "pagination": {"next": "\#(next)"}}"#)
        #expect(page.nextToken == PageToken(token))
    }

    @Test(arguments: [
        "7", "true", "{}", "[]", #"["a"]"#, #""https://comms.twilio.com/v1/Messages/Operations""#,
        #""https://comms.twilio.com/?pageToken=""#, #""https://comms.twilio.com/?pageToken=%4""#,
        #""https://comms.twilio.com/?pageToken=%FF""#, "\"\(String(repeating: "a", count: 4097))\"",
    ])
    func `is unknown where next cannot be understood: no page`(next: String) {
        #expect(throws: MalformedBody.self) {
            try decode(#"{"operations": [], "pagination": {"next": \#(next)}}"#)
        }
    }

    @Test(arguments: ["7", "[]", #""abc""#, "false"])
    func `is unknown where pagination is no object: no page`(pagination: String) {
        #expect(throws: MalformedBody("pagination is not an object")) {
            try decode(#"{"operations": [], "pagination": \#(pagination)}"#)
        }
    }
}

@Suite struct `Documents that are no page` {
    @Test(arguments: [
        "", " ", "null", "7", #""operations""#, "[]", "[{}]", "{", "}", "{}}", "<html><body>502</body></html>",
        #"{"operations": {}}"#, #"{"operations": "[]"}"#, #"{"Operations": []}"#, "{}",
        #"{"operations": []} x"#, #"{"operations": []}{"operations": []}"#, #"{"operations": []},"#,
        #"{"operations": [}"#, #"{"operations": [,]}"#, #"{"operations": [{}{}]}"#, #"{"operations": [{},]}"#,
        #"{"operations": [{"id"}]}"#, #"{"operations": [{"id":}]}"#, #"{"operations": [{id: "a"}]}"#,
        #"{"operations": [] "pagination": {}}"#, #"{"operations": [], "pagination": {]}"#,
        #"{"operations": [], "x": tru}"#, #"{"operations": [], "x": 01}"#, #"{"operations": [], "x": 1.}"#,
        #"{"operations": [], "x": +1}"#, #"{"operations": [], "x": .5}"#, #"{"operations": [], "x": 1e}"#,
        #"{"operations": [], "x": NaN}"#, #"{"operations": [], "x": 'a'}"#, #"{"operations": [], "x": [1 2]}"#,
        #"{"operations": [{"id": "a", "stats": {"total": 007}}]}"#, #"{"operations": [{"stats": {"total": 1x}}]}"#,
        #"{"operations": [{"stats": {"total": nul}}]}"#, "{\"operations\": [], \"x\": \"a\nb\"}",
        #"{"operations": [], "x": "unterminated}"#, "\u{FEFF}",
        "{\u{FEFF}\"operations\": []}",
    ])
    func `give an error and nothing else`(text: String) {
        #expect(throws: MalformedBody.self) { try decode(text) }
    }

    @Test func `a byte order mark before the document is no part of it`() throws {
        #expect(try decode("\u{FEFF}{\"operations\": []}").sightings.isEmpty)
    }

    @Test func `invalid UTF-8 gives an error, wherever it is`() {
        for bytes in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            let text = Array(#"{"operations": [], "x": ""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(throws: MalformedBody.self) { try PageDecoder(resource: .messages).decode(HTTPBody(text)) }
        }
    }

    @Test func `a page cut off anywhere gives an error`() throws {
        let decoder = PageDecoder(resource: .messages)
        let whole = Array(documentedPage.utf8)
        for length in 0..<whole.count {
            #expect(throws: MalformedBody.self, "cut at \(length)") {
                try decoder.decode(HTTPBody(Array(whole[..<length])))
            }
        }
        #expect(try decoder.decode(HTTPBody(whole)).operations.count == 1)
    }

    @Test func `nesting beyond 64 levels gives an error`() throws {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try decode(#"{"operations": [], "x": \#(nested(60))}"#).operations.isEmpty)
        for depth in [65, 1_000, 100_000] {
            #expect(throws: MalformedBody.self) { try decode(#"{"operations": [], "x": \#(nested(depth))}"#) }
            #expect(throws: MalformedBody.self) { try decode(#"{"operations": [\#(nested(depth))]}"#) }
        }
        let unclosed = String(repeating: #"{"a":"#, count: 100_000)
        #expect(throws: MalformedBody.self) { try decode(unclosed) }
    }

    @Test func `a page with more operations than could be asked for gives an error`() {
        let many = Array(repeating: "{}", count: 10_001).joined(separator: ",")
        #expect(throws: MalformedBody("the page has too many operations")) { try decode(list(many)) }
    }

    @Test func `what any few changed bytes leave is a page only if Foundation reads it too`() {
        var random = SplitMix64(seed: 1)
        let decoder = PageDecoder(resource: .messages)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Array(documentedPage.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = interestingByte(using: &random)
            }
            // Foundation checks escapes of text that nobody asks for; we do not.
            guard !bytes.contains(UInt8(ascii: "\\")), (try? decoder.decode(HTTPBody(bytes))) != nil else { continue }
            accepted += 1
            #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") {
                try JSONSerialization.jsonObject(with: Data(bytes))
            }
        }
        #expect(accepted > 2_000)
    }

    private func interestingByte(using random: inout SplitMix64) -> UInt8 {
        let structural = Array("{}[]:,\" 0e.-\\".utf8)
        let any = UInt8.random(in: 0...255, using: &random)
        return Bool.random(using: &random) ? any : structural[Int(any) % structural.count]
    }
}

@Suite struct `Reading one operation` {
    private func decodeOne(_ text: String) throws -> Page {
        try PageDecoder(resource: .messages).decodeOperation(HTTPBody(Array(text.utf8)), id: "comms_operation_1")
    }

    @Test func `as it is fetched by its id`() throws {
        let expected = Operation(
            id: "comms_operation_1", status: .completed, stats: [.total: 1],
            createdAt: Timestamp(seconds: 1_713_621_600), updatedAt: Timestamp(seconds: 1_713_621_605))
        #expect(try decodeOne(element()) == Page(operations: [expected]))
    }

    @Test(arguments: [
        "", "{}", "[]", "null", element(id: "7"), element(id: #""comms_operation_12""#), list(element()),
        element() + "}",
    ])
    func `gives an error for anything else`(text: String) {
        #expect(throws: MalformedBody.self) { try decodeOne(text) }
    }
}

extension Stats {
    fileprivate var counts: [Stat: Int64] {
        Dictionary(uniqueKeysWithValues: Stat.allCases.compactMap { stat in self[stat].map { (stat, $0) } })
    }
    fileprivate var unreadable: [Stat] { Stat.allCases.filter(isUnreadable) }
}
