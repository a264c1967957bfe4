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

    /// A page of a list, in the forms that the API takes.
    init(baseURL: BaseURL, list: ListRequest, in forms: RequestForms, pageSize: Int) {
        let query = forms.parameters(of: list, pageSize: pageSize)
        self.init(baseURL: baseURL, path: list.query.resource.path, query: query)
        token = list.token
        isList = true
    }
}
