/// A complete answer, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let body: HTTPBody
    /// The `Date` header, in seconds since 1970: the server's clock when it answered.
    package let date: Int64?
    /// How long the server asks to be left alone; measured between its own `Retry-After` and `Date`, so that the
    /// local clock does not matter. Never negative, but as large as the server wrote it: the caller caps it.
    package let retryAfter: Duration?
    /// From handing the request to libcurl to the last byte of the body.
    package let duration: Duration
}
