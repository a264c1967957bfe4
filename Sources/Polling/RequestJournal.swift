package import CommsAPI
internal import Locking

/// Takes the events of a client from whichever thread they come, for the poller and the scrapes to read.
package final class RequestJournal: Sendable {
    private let state: Locked<(tally: RequestTally, clock: APIClock)>

    package init() {
        state = Locked((RequestTally(), APIClock(origin: .now)))
    }

    /// Given to the client as its observer.
    package func note(_ event: RequestEvent) {
        state.withLock { state in
            state.tally.note(event)
            if case .finished(_, let date?, let sentAt, let receivedAt) = event {
                state.clock.observe(date: date, sentAt: sentAt, receivedAt: receivedAt)
            }
        }
    }

    var tally: RequestTally { state.withLock { $0.tally } }
    var clock: APIClock { state.withLock { $0.clock } }
}
