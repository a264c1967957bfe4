import Testing

@testable import HTTPServer

@Suite struct RequestHeadTests {
    private static let head = head()

    private static func head(
        method: String = "GET", path: String = "/metrics", queryItems: [(name: String, value: String)] = [("a", "b")],
        headers: [(name: String, value: String)] = [("Host", "here"), ("Accept", "text/plain")]
    ) -> RequestHead {
        RequestHead(method: method, path: path, queryItems: queryItems, headers: headers)
    }

    /// Heads that differ from `head` in one thing each.
    private static let others = [
        head(method: "HEAD"), head(method: "GET/"), head(path: "/metric"), head(path: "/metricS"), head(queryItems: []),
        head(queryItems: [("a", "")]), head(queryItems: [("ab", "")]), head(queryItems: [("a", "b"), ("a", "b")]),
        head(headers: []), head(headers: [("Host", "here")]),
        head(headers: [("Accept", "text/plain"), ("Host", "here")]),
        head(headers: [("Host", "here"), ("Accept", "text/plain"), ("Accept", "text/plain")]),
        head(headers: [("host", "here"), ("Accept", "text/plain")]),
        head(headers: [("Host", "her"), ("eAccept", "text/plain")]),
        head(headers: [("Host", "here"), ("Accept", "text/plaim")]), head(queryItems: [], headers: [("a", "b")]),
        RequestHead(),
    ]

    /// What a reader makes of a head that comes after another.
    private static func read(_ head: RequestHead, after last: RequestHead) -> RequestHead? {
        var reader = RequestHeadReader(besides: last)
        for kind in [RequestHead.Kind.method, .path, .queryItem, .header] {
            head.forEach(kind) { reader.read(kind, $0, $1) }
        }
        return reader.difference
    }

    @Test func `what says the same to the byte is the same, and is not read again`() {
        #expect(Self.head == Self.head())
        #expect(Self.read(Self.head(), after: Self.head) == nil)
        #expect(RequestHead() == RequestHead())
    }

    @Test(arguments: others.indices)
    func `what differs in one thing is another, and is read whole`(index: Int) {
        let other = Self.others[index]
        #expect(other != Self.head)
        #expect(Self.read(other, after: Self.head) == other)
        #expect(Self.read(Self.head, after: other) == Self.head)
    }

    @Test func `a header that came twice has both values, and one that did not come has none`() {
        let head = Self.head(headers: [("Accept", "a"), ("accept", "b"), ("Empty", "")])
        #expect(head["ACCEPT"] == "a, b")
        #expect(head["Empty"] == "")
        #expect(head["Host"] == nil)
        #expect(head["a"] == nil)
    }
}
