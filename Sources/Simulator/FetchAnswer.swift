/// The answer to each fetch by id, by its status.
package enum FetchAnswer: String, CaseIterable, Sendable {
    /// The right answer, which is 404 for an id that is not there.
    case right = "200"
    case invalid = "400"
    case forbidden = "403"
    case notFound = "404"
    case methodNotAllowed = "405"
    case broken = "500"

    /// The error to answer whatever the id is; nil for the right answer.
    var error: APIError? {
        switch self {
        case .right: nil
        case .invalid: .badRequest
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .broken: .internalError
        }
    }
}
