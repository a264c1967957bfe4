package import Operations

/// A request for one page of a list, before it is put into one of the forms that an API may take.
package struct ListRequest: Sendable {
    package let query: ListQuery
    /// The API's time when the list was begun: the dates of all its pages go by it, since a token may be bound to them.
    package let time: Timestamp
    /// Nil for the first page.
    package let token: PageToken?

    package init(_ query: ListQuery, at time: Timestamp, after token: PageToken? = nil) {
        self.query = query
        self.time = time
        self.token = token
    }

    /// The length of its window; nil where it has no start.
    package var length: Duration? { query.window.start.map { (query.window.end ?? time) - $0 } }

    /// The first page of the same list.
    package var first: ListRequest { ListRequest(query, at: time) }

    /// The request by which to see if the API takes some forms: the newest part of a window that is too long for them, and a
    /// list of everything where they have none by status.
    package func sample(of forms: RequestForms) -> ListRequest {
        if query.status != nil, forms.status == .unstated {
            return ListRequest(ListQuery(resource: query.resource, window: CreationWindow()), at: time)
        }
        guard query.status == nil, token == nil, let span = forms.longestSpan, let length, length > span
        else { return self }
        let window = CreationWindow(start: (query.window.end ?? time) - span, end: query.window.end)
        return ListRequest(ListQuery(resource: query.resource, window: window), at: time)
    }
}
