internal import Locking

/// The answer to one request, which is still being worked on; safe to use from any thread.
///
/// Made by a handler, which returns it and sees to it that it is resolved. A server that stops waits no longer for it
/// than for a response in flight.
package final class PendingAnswer: Sendable {
    private struct State {
        var answer: (@Sendable () -> ServerResponse)?
        var watcher: (@Sendable () -> Void)?
    }

    private let state = Locked(State())

    package init() {}

    /// Lets the server go on with the request. `answer` is called once, on one of the server's threads; a second call is
    /// without effect.
    package func resolve(_ answer: @escaping @Sendable () -> ServerResponse) {
        let watcher = state.withLock { state in
            if state.answer == nil { state.answer = answer }
            defer { state.watcher = nil }
            return state.watcher
        }
        watcher?()
    }

    /// What it was resolved with, if it was.
    var answer: (@Sendable () -> ServerResponse)? { state.withLock { $0.answer } }

    /// Calls `act` once when it is resolved, at once where it is already.
    func whenResolved(_ act: @escaping @Sendable () -> Void) {
        let isResolved = state.withLock { state in
            if state.answer == nil { state.watcher = act }
            return state.answer != nil
        }
        if isResolved { act() }
    }
}
