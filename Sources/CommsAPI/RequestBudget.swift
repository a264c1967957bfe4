/// A token bucket: how soon the next request may be sent. A value, its time given by the caller.
package struct RequestBudget: Sendable {
    /// At least one request may always go ahead; `burst` of them may go at once after a pause.
    package init(requestsPerSecond: Double = 5, burst: Int = 5) {}
}
