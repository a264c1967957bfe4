import Operations

/// The filters of a list, and the number of operations on its pages. They hold from page to page, since tokens carry them.
struct ListFilters: Equatable, Sendable {
    /// The numbers of operations that a page may be asked for.
    static let pageSizes = 1...1000

    /// Created after, and before, these moments; whether a moment itself belongs to it is not documented: here it does not.
    var start: Timestamp?
    var end: Timestamp?
    var status: OperationStatus?
    var pageSize = 50

    /// All operations, 50 to a page.
    init() {}

    /// Says if the list has operations of a creation, as it is shown.
    func includes(_ created: Timestamp) -> Bool {
        if let start, created <= start { return false }
        if let end, created >= end { return false }
        return true
    }
}

// As a token carries them: moments in milliseconds, and nothing for a filter that there is none of.
extension ListFilters {
    /// The filters as so many texts without `#`.
    var fields: [String] {
        [
            start.map { "\($0.milliseconds)" } ?? "", end.map { "\($0.milliseconds)" } ?? "", status?.filterValue ?? "",
            "\(pageSize)",
        ]
    }

    /// Nil for what `fields` cannot be.
    init?(fields: [String]) {
        guard fields.count == 4, let size = Int(fields[3]), ListFilters.pageSizes.contains(size) else { return nil }
        pageSize = size
        start = Timestamp(field: fields[0])
        end = Timestamp(field: fields[1])
        status = OperationStatus(filterValue: fields[2])
        guard self.fields == fields else { return nil }
    }
}
