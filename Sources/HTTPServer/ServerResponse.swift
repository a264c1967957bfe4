/// What a handler answers.
///
/// `Content-Length`, `Connection` and, unless the handler gives one, `Date` are added; a HEAD request gets the same
/// headers and no body. A response that is sent again, as it is, costs next to nothing: whoever answers many requests alike
/// keeps it.
package struct ServerResponse: Sendable {
    /// From 200 to 599; anything else closes the connection without an answer.
    package var status: Int { didSet { prepared = PreparedResponse() } }
    /// A header that HTTP cannot carry (an empty name, a line break) is left out.
    package var headers: [(name: String, value: String)] { didSet { prepared = PreparedResponse() } }
    package var body: [UInt8] { didSet { prepared = PreparedResponse() } }
    /// What libmicrohttpd has of it; shared by all copies that are not changed.
    private(set) var prepared = PreparedResponse()

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Plain text in UTF-8, as given: end it with a line break.
    package static func text(
        _ status: Int, _ text: String, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        let type = (name: "Content-Type", value: "text/plain; charset=utf-8")
        return ServerResponse(status: status, headers: [type] + headers, body: Array(text.utf8))
    }
}
