/// Why a request or a sweep gave nothing.
package enum CommsError: Error, Equatable {
    /// The task was canceled: nobody's failure.
    case canceled
    /// One line for the log: what failed, where, and what to do. Free of secrets and page tokens.
    case failed(FailureReason, String)

    /// Status 400: the API does not take the request in this form. The line is as that of `failed`.
    case refused(String)

    /// Nil for `canceled`.
    package var reason: FailureReason? {
        switch self {
        case .canceled: nil
        case .failed(let reason, _): reason
        case .refused: .clientError
        }
    }
}

extension CommsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .canceled: "canceled"
        case .failed(_, let text), .refused(let text): text
        }
    }
}
