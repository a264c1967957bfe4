import HTTPServer
import Operations

/// The parameters of a request for the list, as they were sent.
///
/// Source: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations
struct ListQuery: Sendable {
    let start: Timestamp?
    let end: Timestamp?
    let status: OperationStatus?
    /// The status as it was spelled.
    let statusText: String?
    let cursor: PageCursor?
    let pageSize: Int?

    /// Throws what the API would answer to a parameter it cannot read. Parameters it does not know are ignored. A status may
    /// be in lower case only if `lowerStatus` says so.
    init(_ request: ServerRequest, lowerStatus: Bool) throws(APIError) {
        start = try ListQuery.date("startDate", in: request)
        end = try ListQuery.date("endDate", in: request)
        if let start, let end, start >= end {
            throw .invalid("endDate", "endDate must be greater than startDate")
        }
        statusText = request.query("status")
        status = try ListQuery.status(statusText, inLowerCase: lowerStatus)
        cursor = try ListQuery.cursor(in: request)
        pageSize = try ListQuery.pageSize(in: request)
    }

    /// True where there is a date.
    var hasDates: Bool { start != nil || end != nil }

    /// The filters of the list: those of the token, but for each that was sent beside it.
    var filters: ListFilters {
        var filters = cursor?.filters ?? ListFilters()
        filters.start = start ?? filters.start
        filters.end = end ?? filters.end
        filters.status = status ?? filters.status
        filters.pageSize = pageSize ?? filters.pageSize
        return filters
    }
}

extension ListQuery {
    private static func date(_ name: String, in request: ServerRequest) throws(APIError) -> Timestamp? {
        guard let text = request.query(name) else { return nil }
        guard let date = Timestamp(rfc3339: text) else {
            throw .invalid(name, "\(name) must be a date and time in ISO 8601 format")
        }
        return date
    }

    private static func status(_ text: String?, inLowerCase: Bool) throws(APIError) -> OperationStatus? {
        guard let text else { return nil }
        let isLower = inLowerCase && text == text.lowercased()
        guard let status = OperationStatus(filterValue: isLower ? text.uppercased() : text) else {
            throw .invalid("status", "status is not one of the allowed values")
        }
        return status
    }

    private static func cursor(in request: ServerRequest) throws(APIError) -> PageCursor? {
        guard let token = request.query("pageToken") else { return nil }
        guard let cursor = PageCursor(token: token) else { throw .invalidPageToken }
        return cursor
    }

    private static func pageSize(in request: ServerRequest) throws(APIError) -> Int? {
        guard let text = request.query("pageSize") else { return nil }
        guard let size = Int(text), ListFilters.pageSizes.contains(size) else {
            throw .invalid("pageSize", "pageSize must be an integer from 1 to 1000")
        }
        return size
    }
}
