import HTTPServer
import Operations

/// What a request for the list asks for.
///
/// Source: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations
struct ListQuery: Sendable {
    /// Created after, and before, these moments; whether a moment itself belongs to it is not documented: here it does not.
    var start: Timestamp?
    var end: Timestamp?
    var status: OperationStatus?
    var cursor: PageCursor?
    var pageSize = 50

    init() {}

    /// Throws what the API would answer to a parameter it cannot read. Parameters it does not know are ignored.
    init(_ request: ServerRequest) throws(APIError) {
        start = try ListQuery.date("startDate", in: request)
        end = try ListQuery.date("endDate", in: request)
        if let start, let end, start >= end {
            throw .invalid("endDate", "endDate must be greater than startDate")
        }
        if let text = request.query("status") {
            let statuses = OperationStatus.allCases.filter { $0 != .unknown }
            status = statuses.first { $0.filterValue == text }
            guard status != nil else { throw .invalid("status", "status is not one of the allowed values") }
        }
        if let token = request.query("pageToken") {
            cursor = PageCursor(token: token)
            guard cursor != nil else { throw .invalidPageToken }
        }
        if let text = request.query("pageSize") {
            guard let size = Int(text), (1...1000).contains(size) else {
                throw .invalid("pageSize", "pageSize must be an integer from 1 to 1000")
            }
            pageSize = size
        }
    }

    /// Says if the list has operations of a creation, as it is shown.
    func includes(_ created: Timestamp) -> Bool {
        if let start, created <= start { return false }
        if let end, created >= end { return false }
        return true
    }

    private static func date(_ name: String, in request: ServerRequest) throws(APIError) -> Timestamp? {
        guard let text = request.query(name) else { return nil }
        guard let date = Timestamp(rfc3339: text) else {
            throw .invalid(name, "\(name) must be a date and time in ISO 8601 format")
        }
        return date
    }
}
