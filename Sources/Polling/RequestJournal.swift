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

    /// Forgets the requests before: this poll waits for no answer to them.
    func pollBegins() {
        state.withLock { $0.silence = Silence() }
    }

    /// The time since which the API owes an answer; nil while it owes none.
    var silentSince: ContinuousClock.Instant? { state.withLock { $0.silence.began } }

    /// The line for the log where `fallsSilent` returns true.
    static let silence = """
        no answer from the API for a minute; the poll goes on, over new connections: check the network, and any proxy or \
        firewall on the way
        """

    /// Returns true once the API has owed an answer for a minute, whatever was tried; false when the task is canceled.
    func fallsSilent() async -> Bool {
        while true {
            let silent = silentSince.map { .now - $0 } ?? .zero
            guard silent < Silence.patience else { return true }
            do { try await Task.sleep(for: Silence.patience - silent) } catch { return false }
        }
    }
}
