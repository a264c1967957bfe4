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

    /// Heads that differ from `head` in something: also in what kind of part says the same.
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
        var reader = RequestHeadReader(after: last)
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
    func `what differs is another, and is read whole`(index: Int) {
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

    @Test func `what follows from a request is found once`() {
        final class Length: Sendable {
            let value: Int

            init(_ request: ServerRequest) { value = request.path.utf8.count }
        }
        let request = ServerRequest(method: "GET", path: "/metrics")
        let first = request.concluded(Length.init)
        #expect(first.value == 8)
        #expect(request.concluded(Length.init) === first)
        #expect(ServerRequest(method: "GET", path: "/").concluded(Length.init).value == 1)
    }

    @Test func `requests that say the same are one object, and those that differ are not`() {
        let connection = Connection(-1, from: .other, tls: nil)
        connection.take(Self.head, bodyLimit: 0)
        let first = connection.request
        connection.forgetExchange()
        connection.judgeClient(in: nil)
        #expect(connection.request === first)
        connection.take(Self.head(path: "/"), bodyLimit: 0)
        #expect(connection.request !== first)
        #expect(first.path == "/metrics")
    }

    @Test(arguments: [(size: 2048, isKept: true), (2049, false)])
    func `a connection keeps its last request, unless that is large`(size: Int, isKept: Bool) {
        let connection = Connection(-1, from: .other, tls: nil)
        // Each of the three parts takes 24 bytes besides its text.
        let value = String(repeating: "v", count: size - 3 * 24 - "GET/h".utf8.count)
        let head = RequestHead(method: "GET", path: "/", queryItems: [], headers: [("h", value)])
        connection.take(head, bodyLimit: 0)
        #expect(connection.request.head == head)
        connection.forgetExchange()
        #expect(connection.request.head == (isKept ? head : RequestHead()))
    }
}
