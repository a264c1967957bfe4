package import HTTPClient
package import Operations

/// Speaks one account's side of the API: lists and fetches operations, within a request budget and with retries.
///
/// Lists may be read at the same time; the budget, and a pause the API asked for, hold for all requests together.
package actor CommsClient {
    /// How often a request is sent before its failure is final.
    private static let tries = 3
    private static let longestPause = Duration.seconds(300)

    nonisolated let maximumPages: Int
    private let baseURL: BaseURL
    private let credentials: @Sendable () -> Credentials
    private let userAgent: String
    private let http: HTTPClient
    private let pageSize: Int
    private let timing: RequestTiming
    private let observe: @Sendable (RequestEvent) -> Void
    private var budget: RequestBudget
    /// Until when the API asked to be left alone.
    private var pausedUntil: ContinuousClock.Instant?
    private var decoders: [Resource: PageDecoder] = [:]

    /// `credentials` is asked before every request, so that rotated secrets are picked up; `observe` is called for every
    /// exchange, retry and pause, in order, from whichever thread. `maximumPages` is the cap on one list.
    package init(
        baseURL: BaseURL, credentials: @escaping @Sendable () -> Credentials, userAgent: String, http: HTTPClient,
        pageSize: Int = 1000, maximumPages: Int = 10_000, budget: RequestBudget = RequestBudget(),
        timing: RequestTiming = .system, observe: @escaping @Sendable (RequestEvent) -> Void = { _ in }
    ) {
        self.baseURL = baseURL
        self.credentials = credentials
        self.userAgent = userAgent
        self.http = http
        self.pageSize = pageSize
        self.maximumPages = maximumPages
        self.budget = budget
        self.timing = timing
        self.observe = observe
    }

    /// The pages of a list, fetched one by one as they are asked for.
    package nonisolated func pages(of query: ListQuery) -> Pages {
        Pages(client: self, query: query)
    }

    /// One operation by its id, or nil where the API does not know it (any longer).
    package func fetch(id: String, of resource: Resource) async throws(CommsError) -> Operation? {
        let target = RequestTarget(baseURL: baseURL, path: "\(resource.path)/\(percentEncoded(id))")
        let response: HTTPResponse
        do { response = try await get(target) } catch {
            guard error.status != 404 else { return nil }
            throw error.error
        }
        return try decoded(from: target) { () throws(MalformedBody) in
            let operation = try decoder(of: resource).decodeOperation(response.body)
            guard operation.id == id else { throw MalformedBody("the operation has another id") }
            return operation
        }
    }

    /// One page; `token` is nil for the first.
    func page(of query: ListQuery, after token: PageToken?) async throws(CommsError) -> Page {
        let target = RequestTarget(baseURL: baseURL, list: query, pageSize: pageSize, token: token)
        let response: HTTPResponse
        do { response = try await get(target) } catch { throw error.error }
        return try decoded(from: target) { () throws(MalformedBody) in
            try decoder(of: query.resource).decode(response.body)
        }
    }

    private func decoder(of resource: Resource) -> PageDecoder {
        if let decoder = decoders[resource] { return decoder }
        let decoder = PageDecoder(resource: resource)
        decoders[resource] = decoder
        return decoder
    }

    private func decoded<T>(
        from target: RequestTarget, _ decode: () throws(MalformedBody) -> T
    ) throws(CommsError) -> T {
        do { return try decode() } catch {
            throw .failed(.malformed, "\(target): status 200, but the body is not the API's: \(error)")
        }
    }
}

extension CommsClient {
    /// Returns a response of status 200, sending again what may succeed then.
    private func get(_ target: RequestTarget) async throws(RequestFailure) -> HTTPResponse {
        var attempt = 1
        while true {
            try await waitForTurn()
            let outcome = await exchange(target)
            guard case .failure(let failure) = outcome else { return try outcome.get() }
            if let pause = failure.retryAfter { self.pause(min(pause, Self.longestPause)) }
            guard failure.isTransient, attempt < Self.tries else { throw failure }
            try await backOff(from: failure, attempt: attempt)
            attempt += 1
        }
    }

    private func exchange(_ target: RequestTarget) async -> Result<HTTPResponse, RequestFailure> {
        let sentAt = timing.now()
        do {
            let response = try await http.send(request(for: target))
            let date = response.date.map { Timestamp(seconds: $0) }
            observe(.finished(code: response.status, date: date, sentAt: sentAt, receivedAt: timing.now()))
            guard response.status != 200 else { return .success(response) }
            let problem = APIProblem(response.body)
            return .failure(RequestFailure(response, of: target, problem: problem))
        } catch {
            let failure = RequestFailure(error, of: target)
            if failure.error != .canceled {
                observe(.finished(code: nil, date: nil, sentAt: sentAt, receivedAt: timing.now()))
            }
            return .failure(failure)
        }
    }

    private func request(for target: RequestTarget) -> HTTPRequest {
        let credentials = credentials()
        var request = HTTPRequest(url: target.url)
        request.userName = credentials.userName
        request.password = credentials.secret
        request.userAgent = userAgent
        return request
    }

    /// Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): from nothing to 1 s, then
    /// 2 s. Where the API is throttling, all requests pause.
    private func backOff(from failure: RequestFailure, attempt: Int) async throws(RequestFailure) {
        let jitter = timing.jitter(.seconds(1 << (attempt - 1)))
        let wait = max(jitter, remainingPause())
        observe(.retrying(after: failure.error, wait: wait))
        if failure.isThrottling { pause(wait) } else { try await sleep(wait) }
    }

    private func pause(_ duration: Duration) {
        let end = timing.now() + duration
        pausedUntil = max(pausedUntil ?? end, end)
    }

    private func remainingPause() -> Duration {
        pausedUntil.map { max(.zero, $0 - timing.now()) } ?? .zero
    }

    private func waitForTurn() async throws(RequestFailure) {
        try await sleep(budget.take(at: timing.now()))
        while case let pause = remainingPause(), pause > .zero {
            observe(.throttled(pause))
            try await sleep(pause)
        }
    }

    private func sleep(_ duration: Duration) async throws(RequestFailure) {
        guard duration > .zero else { return }
        do { try await timing.sleep(duration) } catch { throw .canceled }
    }
}
