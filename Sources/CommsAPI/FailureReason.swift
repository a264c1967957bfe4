/// Why the API could not be read; the raw value is the value of the label `reason`.
package enum FailureReason: String, CaseIterable, Sendable {
    /// 401 or 403.
    case auth
    /// 429, after retries.
    case throttled
    /// 5xx, after the retries its status allows.
    case serverError = "server_error"
    /// Any other status that is no success: other 4xx, a redirect (none is followed).
    case clientError = "client_error"
    case timeout
    /// No connection, or one that broke off; also a base URL that is none.
    case network
    /// A body that is not the documented JSON, or too large, or headers without end; also a success other than 200, since no
    /// other is documented.
    case malformed
    /// Pages that do not end: a token seen before in the same sweep, or more pages than the cap.
    case pagination
}
