/// Where a page begins: below the operation of this number. What `next` and `self` of a page encode.
struct PageCursor: Equatable, Sendable {
    let number: Int

    init(number: Int) {
        self.number = number
    }

    // The API's own tokens are base64 of JSON with the account in it. They are not safe in a URL as they are, and the
    // last member sees to it that these are not either: wherever it falls, it becomes a `+` and a `/`.
    private static let head = "{\"PK\":\"C#\(Credentials.demo.user)\",\"SK\":\"A#"
    private static let tail = "\",\"~~~\":\"???\"}"

    var token: String {
        Base64.encode("\(PageCursor.head)\(number)\(PageCursor.tail)")
    }

    /// Nil for anything but a token that this type has made.
    init?(token: String) {
        guard let text = Base64.decode(token), text.hasPrefix(PageCursor.head), text.hasSuffix(PageCursor.tail),
            let number = Int(text.dropFirst(PageCursor.head.count).dropLast(PageCursor.tail.count)), number >= 0
        else { return nil }
        self.number = number
    }
}
