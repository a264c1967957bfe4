package import Operations

/// What happened to a request, for metrics and logs.
package enum RequestEvent: Sendable {
    /// A request is sent; `finished`, `refused` or `canceled` follows.
    case sending(at: ContinuousClock.Instant)
    /// An exchange ended. `code` is nil where there was no response. `date` is the API's clock at some moment between
    /// sending and receiving; nil unless the response was 200 with what was asked for, since any other may come from a
    /// gateway, whose clock is not the API's.
    case finished(
        code: Int?, date: Timestamp?, sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant)
    /// An answer was cut off since it was larger than any of the API's: not even its status was read.
    case refused(sentAt: ContinuousClock.Instant, receivedAt: ContinuousClock.Instant)
    /// A request was given up by whoever made it, and is owed no answer.
    case canceled(sentAt: ContinuousClock.Instant)
    /// A request failed and will be sent again after `wait` or later.
    case retrying(after: CommsError, wait: Duration)
    /// A request has waited this long because the API asked for it, by 429 or Retry-After; told when the wait is over or
    /// is cut short.
    case throttled(Duration)
}
