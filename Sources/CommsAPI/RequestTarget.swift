import Operations

/// What a request asks for. Its description has no query, which may hold a page token.
struct RequestTarget: Equatable, Sendable, CustomStringConvertible {
    let url: String
    let description: String
    /// The page token in the URL.
    private(set) var token: PageToken?
    /// True for a page of a list, which may be empty.
    private(set) var isList = false

    init(baseURL: BaseURL, path: String, query: [(name: String, value: String)] = []) {
        description = "GET \(baseURL)\(path)"
        let parameters = query.map { "\($0.name)=\(percentEncoded($0.value))" }
        url = "\(baseURL)\(path)" + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }

    /// A page of a list; the filters are sent again with each token, since the API does not say that a token holds them.
    init(baseURL: BaseURL, list: ListQuery, pageSize: Int, token: PageToken?) {
        let optional: [(name: String, value: String?)] = [
            ("startDate", list.window.start?.description),
            ("endDate", list.window.end?.roundedUp.description),
            ("status", list.status?.filterValue),
            ("pageSize", String(pageSize)),
            ("pageToken", token?.value),
        ]
        let query = optional.compactMap { parameter in parameter.value.map { (parameter.name, $0) } }
        self.init(baseURL: baseURL, path: list.resource.path, query: query)
        self.token = token
        isList = true
    }
}

extension Timestamp {
    /// The first whole second at or after this moment: a date is sent without a fraction, and must not cut one off.
    fileprivate var roundedUp: Timestamp { Timestamp(milliseconds: milliseconds + 999) }
}
