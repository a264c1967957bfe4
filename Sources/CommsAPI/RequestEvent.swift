package import Operations

/// What happened to a request, for metrics and logs.
package enum RequestEvent: Sendable {
    /// A request is sent; `finished` follows unless it is canceled.
    case sending(at: ContinuousClock.Instant)
    /// An exchange ended. `code` is nil where there was no response. `date` is the API's clock at some moment between
    /// sending and receiving; nil unless the response was 200 with what was asked for, since any other may come from a
    /// gateway, whose clock is not the API's. A canceled exchange is not reported.
    case finished(
        code: Int?, date: Timestamp?, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant)
    /// A request failed and will be sent again after `wait` or later.
    case retrying(after: CommsError, wait: Duration)
    /// A request has waited this long because the API asked for it, by 429 or Retry-After; told when the wait is over or
    /// is cut short.
    case throttled(Duration)
}
