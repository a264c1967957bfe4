import Operations

/// The form of `next` in a page, and of the end of a list.
package enum NextForm: String, CaseIterable, Sendable {
    case token, url, path, query
    /// A token; the last page has its own one.
    case own = "self"
    /// A token; the last page has the one it was asked for by.
    case same

    /// The value of `next` in a page of a resource's list; nil for null.
    func next(of page: Page, in resource: Resource) -> String? {
        guard let next = page.next else { return end(of: page) }
        let token = next.token
        let target = "\(resource.path)?pageSize=\(next.filters.pageSize)&pageToken=\(NextForm.escape(token))"
        return switch self {
        case .token, .own, .same: token
        case .url: "https://comms.twilio.com\(target)"
        case .path: target
        case .query: "?PageToken=\(NextForm.escape(token))"
        }
    }

    private func end(of page: Page) -> String? {
        switch self {
        case .token, .url, .path, .query: nil
        case .own: page.own.token
        case .same: page.sent?.token
        }
    }

    /// Base64 as it stands in a query.
    private static func escape(_ token: String) -> String {
        token.reduce(into: "") { escaped, character in
            switch character {
            case "+": escaped += "%2B"
            case "/": escaped += "%2F"
            case "=": escaped += "%3D"
            default: escaped.append(character)
            }
        }
    }
}
