/// What a handler says to a request: its response, or that it will come.
package enum ServerAnswer: Sendable {
    case now(ServerResponse)
    /// The connection waits, and no thread with it.
    case later(PendingAnswer)
}
