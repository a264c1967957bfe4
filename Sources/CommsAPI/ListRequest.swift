package import Operations

/// A request for one page of a list, before it is put into one of the forms that an API may take.
package struct ListRequest: Sendable {
    package let query: ListQuery
    /// Nil for the first page.
    package let token: PageToken?

    package init(_ query: ListQuery, after token: PageToken? = nil) {
        self.query = query
        self.token = token
    }

    /// The length of its window if the API's clock shows `now`; nil where it has no start.
    package func length(at now: Timestamp) -> Duration? {
        query.window.start.map { (query.window.end ?? now) - $0 }
    }

    /// The request by which to see if the API takes some forms: the newest part of a window that is too long for them, and a
    /// list of everything where they have none by status.
    package func sample(of forms: RequestForms, at now: Timestamp) -> ListRequest {
        if query.status != nil, forms.status == .unstated {
            return ListRequest(ListQuery(resource: query.resource, window: CreationWindow()))
        }
        guard query.status == nil, token == nil, let span = forms.longestSpan, let length = length(at: now),
            length > span
        else { return self }
        let window = CreationWindow(start: (query.window.end ?? now) - span, end: query.window.end)
        return ListRequest(ListQuery(resource: query.resource, window: window))
    }
}
