internal import Locking

/// The answer to one request, which is still being worked on; safe to use from any thread.
///
/// Made by a handler, which returns it and sees to it that it is resolved. A server that stops waits no longer for it
/// than for a response in flight.
package final class PendingAnswer: Sendable {
    /// Called once, on one of the server's threads; may put the request off again.
    package typealias Work = @Sendable () -> ServerAnswer

    private struct State {
        var answer: Work?
        var watcher: (@Sendable (@escaping Work) -> Void)?
    }

    private let state = Locked(State())

    package init() {}

    /// Lets the server go on with the request, by `answer`. A second call is without effect.
    package func resolve(_ answer: @escaping Work) {
        let watcher = state.withLock { state in
            if state.answer == nil { state.answer = answer }
            defer { state.watcher = nil }
            return state.watcher
        }
        watcher?(answer)
    }

    /// What it was resolved with, if it was.
    var answer: Work? { state.withLock { $0.answer } }

    /// Has `act` called once when it is resolved, at once where it is already. To be called once.
    func whenResolved(_ act: @escaping @Sendable (@escaping Work) -> Void) {
        let answer = state.withLock { state in
            if state.answer == nil { state.watcher = act }
            return state.answer
        }
        if let answer { act(answer) }
    }

    /// One that is resolved when this is, with what `change` makes of the response.
    func map(_ change: @escaping @Sendable (ServerResponse) -> ServerResponse) -> PendingAnswer {
        let changed = PendingAnswer()
        whenResolved { answer in changed.resolve { answer().map(change) } }
        return changed
    }
}
