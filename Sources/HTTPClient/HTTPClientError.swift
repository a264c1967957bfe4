/// Why there is no complete response.
///
/// Texts name the host at most: never credentials, a path or a query. The same fault has the same text each time.
package enum HTTPClientError: Error, Equatable {
    /// Not an absolute `http` or `https` URL.
    case invalidURL(String)
    /// The connection or the whole exchange took longer than the request allows.
    case timeout(String)
    /// No name, no connection, no trust, or an exchange that broke off: libcurl's own words, without what it measured.
    case network(String)
    /// The body is longer than the request's `maximumBodySize`.
    case tooLarge(limit: Int)
    /// More headers, interim responses, trailers, layers of compression, or bytes around the body, than any API sends.
    case excessive(String)
    /// The task was canceled, or the client shut down.
    case canceled
}
