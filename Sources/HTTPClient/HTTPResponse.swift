/// A complete answer, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let body: HTTPBody
    /// The `Date` header, in seconds since 1970: the server's clock when it answered.
    package let date: Int64?
    /// How long the server asks to be left alone; measured between its own `Retry-After` and `Date`, so that the
    /// local clock does not matter. From zero to a day: who asks for more gets that.
    package let retryAfter: Duration?
}
