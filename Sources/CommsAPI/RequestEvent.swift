package import Operations

/// What happened to a request, for metrics and logs.
package enum RequestEvent: Sendable {
    /// An exchange ended. `code` is nil where there was no response; `date` is the API's clock at some moment between
    /// sending and receiving. A canceled exchange is not reported.
    case finished(
        code: Int?, date: Timestamp?, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant)
    /// A request failed and will be sent again after `wait` or later.
    case retrying(after: CommsError, wait: Duration)
    /// A request is about to wait because the API asked for it, by 429 or Retry-After.
    case throttled(Duration)
}
