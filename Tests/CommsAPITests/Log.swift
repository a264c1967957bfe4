import CommsAPI
import Foundation

/// What happened, in order, noted from any thread.
final class Log<Element: Sendable>: @unchecked Sendable {
    // Proof of Sendable: `elements` is touched under the lock only.
    private let lock = NSLock()
    private var elements: [Element] = []

    var all: [Element] { lock.withLock { elements } }

    /// Returns how many there are now.
    @discardableResult
    @Sendable func note(_ element: Element) -> Int {
        lock.withLock {
            elements.append(element)
            return elements.count
        }
    }
}

extension Log where Element == RequestEvent {
    /// Leaves out that a request was sent: how it ended says so.
    @Sendable func noteOutcome(_ event: RequestEvent) {
        if case .sending = event { return }
        note(event)
    }
}

extension RequestEvent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sending: "sending"
        case .finished(let code, _, _, _): "finished \(code.map { String($0) } ?? "without response")"
        case .refused: "refused"
        case .canceled: "canceled"
        case .retrying(let error, let wait): "retrying after \(error.reason?.rawValue ?? "cancel") in \(wait)"
        case .throttled(let wait): "throttled \(wait)"
        }
    }
}
