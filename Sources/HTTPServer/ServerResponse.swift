internal import Synchronization

/// What a handler answers; safe to use from any thread.
///
/// `Content-Length`, `Connection` and, unless the handler gives one, `Date` are added; a HEAD request gets the same
/// headers and no body. A response that is sent again costs next to nothing: whoever answers many requests alike keeps it.
package final class ServerResponse: Sendable {
    /// From 200 to 599; anything else closes the connection without an answer.
    package let status: Int
    /// A header that HTTP cannot carry (an empty name, a line break) is left out.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// What libmicrohttpd has of it, as a number, since pointers are not Sendable; 0 until it is first sent.
    let handle = Atomic<UInt>(0)
    private let twin = AtomicLazyReference<Dressed>()

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    deinit {
        destroyHandle()
    }

    /// Plain text in UTF-8, as given: end it with a line break.
    package static func text(
        _ status: Int, _ text: String, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        let type = (name: "Content-Type", value: "text/plain; charset=utf-8")
        return ServerResponse(status: status, headers: [type] + headers, body: Array(text.utf8))
    }

    /// Another one, with what is given in place of this one's.
    package func changed(
        status: Int? = nil, headers: [(name: String, value: String)]? = nil, body: [UInt8]? = nil
    ) -> ServerResponse {
        ServerResponse(status: status ?? self.status, headers: headers ?? self.headers, body: body ?? self.body)
    }

    /// The same with more headers. That with the first outfit it is asked for is kept as long as this is; with another one, as
    /// after a change of the configuration, it is made each time.
    package func dressed(in outfit: Outfit) -> ServerResponse {
        if let kept = twin.load(), kept.outfit === outfit { return kept.response }
        let response = changed(headers: outfit.put(on: headers))
        _ = twin.storeIfNil(Dressed(outfit: outfit, response: response))
        return response
    }

    private final class Dressed: Sendable {
        let outfit: Outfit
        let response: ServerResponse

        init(outfit: Outfit, response: ServerResponse) {
            self.outfit = outfit
            self.response = response
        }
    }
}

/// Headers that responses get besides their own, in place of what these have of the same name.
package final class Outfit: Sendable {
    private let headers: [(name: String, value: String)]
    private let names: Set<String>

    package init(_ headers: [(name: String, value: String)]) {
        self.headers = headers
        names = Set(headers.map { $0.name.lowercased() })
    }

    fileprivate func put(on others: [(name: String, value: String)]) -> [(name: String, value: String)] {
        others.filter { !names.contains($0.name.lowercased()) } + headers
    }
}
