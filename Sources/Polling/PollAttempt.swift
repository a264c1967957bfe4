internal import CommsAPI
internal import Ledger

/// How a poll under way has gone so far.
struct PollAttempt {
    /// The first failure, which is the one the poll is counted under.
    private(set) var failure: PollFailure?
    private(set) var message: String?
    private(set) var wasCanceled = false
    private var failuresInARow = 0

    /// Whether to leave the rest of the poll to the next one.
    private(set) var isOver = false

    mutating func note(_ error: CommsError) {
        guard let reason = error.reason else {
            wasCanceled = true
            isOver = true
            return
        }
        note(.api(reason), error.description)
        failuresInARow += 1
        // No other request would be answered either.
        if reason == .auth || failuresInARow >= Poller.failuresInARow { isOver = true }
    }

    mutating func note(_ error: LedgerError) {
        note(.ledger, error.description)
        isOver = true
    }

    mutating func noteSuccess() {
        failuresInARow = 0
    }

    private mutating func note(_ failure: PollFailure, _ message: String) {
        guard self.failure == nil else { return }
        self.failure = failure
        self.message = message
    }
}
