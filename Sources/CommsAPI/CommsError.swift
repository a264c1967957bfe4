/// Why a request or a sweep gave nothing.
package enum CommsError: Error, Equatable {
    /// The task was canceled: nobody's failure.
    case canceled
    /// One line for the log: what failed, where, and what to do. Free of secrets and page tokens.
    case failed(FailureReason, String)

    /// Nil for `canceled`.
    package var reason: FailureReason? {
        guard case .failed(let reason, _) = self else { return nil }
        return reason
    }
}

extension CommsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .canceled: "canceled"
        case .failed(_, let text): text
        }
    }
}
