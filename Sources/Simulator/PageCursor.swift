import Operations

/// The place where a page begins, as `next` and `self` of a page encode it.
///
/// It stays where it is when operations move in the list: those that pass it between two pages are in neither.
struct PageCursor: Equatable, Sendable {
    /// The operations of the page lie below it.
    let position: ListPosition
    /// The number of operations on the pages before, which a list that is cut off has to know.
    let listed: Int

    /// A page that begins below a position, after pages with so many operations.
    init(below position: ListPosition, listed: Int) {
        self.position = position
        self.listed = listed
    }

    /// Far more than a world has.
    private static let maximumListed = 1_000_000_000_000

    // The API's own tokens are base64 of JSON with the account in it. They are not safe in a URL as they are, and the
    // last member sees to it that these are not either: wherever it falls, it becomes a `+` and a `/`.
    private static let head = "{\"PK\":\"C#\(Credentials.demo.user)\",\"SK\":\"A#"
    private static let tail = "\",\"~~~\":\"???\"}"

    var token: String {
        let key = "\(position.created)#\(position.number)#\(listed)"
        return Base64.encode("\(PageCursor.head)\(key)\(PageCursor.tail)")
    }

    /// Nil for anything but a token that this type has made.
    init?(token: String) {
        guard let text = Base64.decode(token), text.hasPrefix(PageCursor.head), text.hasSuffix(PageCursor.tail)
        else { return nil }
        let key = text.dropFirst(PageCursor.head.count).dropLast(PageCursor.tail.count)
        let fields = key.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 3, let created = Timestamp(rfc3339: fields[0]), let number = Int(fields[1]),
            let listed = Int(fields[2]), (0...PageCursor.maximumListed).contains(listed)
        else { return nil }
        self.listed = listed
        position = ListPosition(created: created, number: number)
    }
}
