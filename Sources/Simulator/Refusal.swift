import Operations

/// A form of request for a list that an API may refuse without documenting it; such a request is answered 400.
package enum Refusal: String, CaseIterable, Sendable {
    case oldStart = "old_start"
    case longWindow = "long_window"
    case largePage = "large_page"
    case pageSize = "page_size"
    case tokenWithFilters = "token_with_filters"
    case statusWithDates = "status_with_dates"
    case upperStatus = "upper_status"
    case status
    case half
    case all

    /// True for a request of this form, which is the `number`th since the refusals were set, at the world's time `now`. Only
    /// parameters that were sent count, not those a token stands for.
    func applies(to query: ListQuery, number: Int, at now: Timestamp) -> Bool {
        switch self {
        case .oldStart: query.start.map { now - $0 > .seconds(7 * 86_400) } ?? false
        case .longWindow: query.start.map { (query.end ?? now) - $0 > .seconds(86_400) } ?? false
        case .largePage: query.pageSize.map { $0 > 100 } ?? false
        case .pageSize: query.pageSize != nil
        case .tokenWithFilters:
            query.cursor != nil && (query.hasDates || query.status != nil || query.pageSize != nil)
        case .statusWithDates: query.status != nil && query.hasDates
        case .upperStatus: query.statusText.map { $0 != $0.lowercased() } ?? false
        case .status: query.status != nil
        case .half: number.isMultiple(of: 2)
        case .all: true
        }
    }

    /// The answer to a request of this form.
    var error: APIError {
        switch self {
        case .oldStart: .invalid("startDate", "startDate must be within the last 7 days")
        case .longWindow: .invalid("endDate", "endDate must be at most 24 hours after startDate")
        case .largePage: .invalid("pageSize", "pageSize must be an integer from 1 to 100")
        case .pageSize: .invalid("pageSize", "pageSize is not supported")
        case .tokenWithFilters: .invalidPageToken
        case .statusWithDates: .invalid("status", "status must not be combined with startDate or endDate")
        case .upperStatus: .invalid("status", "status must be in lower case")
        case .status: .invalid("status", "status is not supported")
        case .half, .all: .badRequest
        }
    }
}
