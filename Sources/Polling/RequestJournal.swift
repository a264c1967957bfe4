package import CommsAPI
internal import Locking
internal import Operations

/// Takes the events of a client from whichever thread they come, for its poller to read and publish.
package final class RequestJournal: Sendable {
    private struct State {
        var tally = RequestTally()
        var clock = APIClock(origin: .now)
        var silence = Silence()
    }

    private let state = Locked(State())
    /// Yields after events and progress, at least once after the last; for one reader.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    package init() {
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Given to the client as its observer.
    package func note(_ event: RequestEvent) {
        state.withLock { state in
            state.tally.note(event)
            state.silence.note(event)
            if case .finished(_, let date?, let sentAt, let receivedAt) = event {
                state.clock.observe(date: date, sentAt: sentAt, receivedAt: receivedAt, wall: .wallClock())
            }
        }
        changed.yield()
    }

    /// Something has been recorded of what a request brought.
    func noteProgress() {
        changed.yield()
    }

    var tally: RequestTally { state.withLock { $0.tally } }
    var clock: APIClock { state.withLock { $0.clock } }

    /// Since when the API has owed an answer and given none, whatever was tried; nil while nothing waits for one.
    var silentSince: ContinuousClock.Instant? { state.withLock { $0.silence.began } }

    /// Forgets requests that were canceled, which end without an event.
    func pollBegins() {
        state.withLock { $0.silence = Silence() }
    }
}
