/// What a handler says to a request: its response, or that it will come.
package enum ServerAnswer: Sendable {
    case now(ServerResponse)
    /// The connection waits, and no thread with it. Only for a server with `ServerLimits.Threads.pool`.
    case later(PendingAnswer)

    /// The same with what `change` makes of the response, at once or when it comes. Takes the place of this answer, which
    /// is not to be used any more.
    package func map(_ change: @escaping @Sendable (ServerResponse) -> ServerResponse) -> ServerAnswer {
        switch self {
        case .now(let response): .now(change(response))
        case .later(let pending): .later(pending.map(change))
        }
    }
}
