internal import CommsAPI
internal import Ledger

/// How a poll under way has gone so far.
struct PollAttempt {
    /// After this many slices in a row without an answer the API is taken to be down: what is left waits for the next
    /// poll instead of a timeout each.
    private static let patience = 3

    /// What went wrong, in order, each kind once; the texts are one line each.
    private(set) var faults: [(failure: PollFailure, message: String)] = []
    private(set) var wasCanceled = false
    /// Whether the API refused the credentials when it was asked for a list.
    private(set) var wasRefused = false
    /// True once the API has answered a list with too many requests, after retries.
    private(set) var wasThrottled = false
    /// Whether to leave the rest of the poll to the next one.
    private(set) var isOver = false
    private var unanswered = 0

    /// What the poll is counted under: the ledger before all, then the credentials, else what came first.
    var failure: PollFailure? {
        if faults.contains(where: { $0.failure == .ledger }) { return .ledger }
        return wasRefused ? .api(.auth) : faults.first?.failure
    }

    /// A slice that could not be listed.
    mutating func note(_ error: CommsError) {
        guard let reason = error.reason else { return noteCancellation() }
        note(.api(reason), error.description)
        if reason == .auth { wasRefused = true }
        if reason == .throttled { wasThrottled = true }
        unanswered = reason.meansNoAnswer ? unanswered + 1 : 0
        isOver = isOver || wasRefused || wasThrottled || unanswered >= Self.patience
    }

    mutating func note(_ error: LedgerError) {
        note(.ledger, error.description)
        isOver = true
    }

    mutating func noteSuccess() {
        unanswered = 0
    }

    private mutating func note(_ failure: PollFailure, _ message: String) {
        guard !faults.contains(where: { $0.failure == failure }) else { return }
        faults.append((failure, message))
    }

    private mutating func noteCancellation() {
        wasCanceled = true
        isOver = true
    }
}

extension FailureReason {
    /// Whether the API as a whole may be at fault, and not only what it was asked.
    var meansNoAnswer: Bool {
        switch self {
        case .timeout, .network, .serverError, .throttled: true
        case .auth, .clientError, .malformed, .pagination: false
        }
    }
}
