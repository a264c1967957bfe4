import Operations

/// The place where a page begins, as `next` and `self` of a page encode it, and the list it is a page of.
///
/// It stays where it is when operations move in the list: those that pass it between two pages are in neither.
struct PageCursor: Equatable, Sendable {
    let filters: ListFilters
    /// The world's time when the first page of the list was asked for.
    let begun: Timestamp
    /// The operations of the page lie below it.
    let position: ListPosition
    /// The number of operations on the pages before, which a list that is cut off has to know.
    let listed: Int

    /// A page of a list begun at a moment that begins below a position, after pages with so many operations.
    init(_ filters: ListFilters, begun: Timestamp, below position: ListPosition, listed: Int) {
        self.filters = filters
        self.begun = begun
        self.position = position
        self.listed = listed
    }

    /// A page of the same list that begins below a position, `count` operations after this one.
    func next(below position: ListPosition, after count: Int) -> PageCursor {
        PageCursor(filters, begun: begun, below: position, listed: listed + count)
    }

    /// Far more than a world has.
    private static let maximumListed = 1_000_000_000_000

    // The API's own tokens are base64 of JSON with the account in it. They are not safe in a URL as they are, and the
    // last member sees to it that these are not either: wherever it falls, it becomes a `+` and a `/`.
    private static let head = "{\"PK\":\"C#\(Credentials.demo.user)\",\"SK\":\"A#"
    private static let tail = "\",\"~~~\":\"???\"}"

    var token: String {
        let place = ["\(position.created)", "\(position.number)", "\(listed)", "\(begun.milliseconds)"]
        let key = (place + filters.fields).joined(separator: "#")
        return Base64.encode("\(PageCursor.head)\(key)\(PageCursor.tail)")
    }

    /// Nil for anything but a token that this type has made.
    init?(token: String) {
        guard let text = Base64.decode(token), text.hasPrefix(PageCursor.head), text.hasSuffix(PageCursor.tail)
        else { return nil }
        let key = text.dropFirst(PageCursor.head.count).dropLast(PageCursor.tail.count)
        let fields = key.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 8, let created = Timestamp(rfc3339: fields[0]), let number = Int(fields[1]),
            let listed = Int(fields[2]), (0...PageCursor.maximumListed).contains(listed),
            let begun = Timestamp(field: fields[3]), let filters = ListFilters(fields: Array(fields[4...]))
        else { return nil }
        self.init(filters, begun: begun, below: ListPosition(created: created, number: number), listed: listed)
    }
}
