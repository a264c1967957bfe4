/// Sends requests through libcurl's multi interface on one thread of its own; connections are kept and reused.
///
/// Safe to use from any task; several requests may be in flight at once.
package final class HTTPClient: Sendable {
    /// Starts the thread; throws `network` where the system refuses one.
    package init() throws(HTTPClientError) {}

    /// Returns the response whatever its status; redirects are not followed.
    ///
    /// Canceling the task ends the exchange within milliseconds and throws `canceled`.
    package func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
        throw .network("unimplemented")
    }

    /// Ends what is in flight with `canceled`, and the thread; further requests throw `canceled`.
    package func shutDown() {}
}
