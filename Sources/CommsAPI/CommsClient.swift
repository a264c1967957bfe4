package import HTTPClient
package import Operations

/// Speaks one account's side of the API: lists and fetches operations, within a request budget and with retries.
///
/// Slices may be listed at the same time; the budget and a pause the API asked for hold for all of them.
package actor CommsClient {
    /// `credentials` is asked before every request, so that rotated secrets are picked up; `observe` is called for every
    /// exchange, retry and pause, in order, from whichever thread.
    package init(
        baseURL: BaseURL, credentials: @escaping @Sendable () -> Credentials, userAgent: String, http: HTTPClient,
        pageSize: Int = 1000, maximumPages: Int = 10_000, budget: RequestBudget = RequestBudget(),
        timing: RequestTiming = .system, observe: @escaping @Sendable (RequestEvent) -> Void = { _ in }
    ) {}

    /// The pages of a list, fetched one by one as they are asked for.
    package nonisolated func pages(of query: ListQuery) -> Pages {
        Pages(client: self, query: query)
    }

    /// One operation by its id, or nil where the API does not know it (any longer).
    package func fetch(id: String, of resource: Resource) async throws(CommsError) -> Operation? {
        throw .canceled
    }

    func page(of query: ListQuery, after token: PageToken?) async throws(CommsError) -> Page {
        throw .canceled
    }
}
