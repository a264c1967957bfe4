package import HTTPClient
package import Locking
package import Operations

/// Speaks one account's side of the API: lists and fetches operations, at a pace and with retries.
///
/// Lists may be read at the same time; the pace holds for all requests together.
package actor CommsClient {
    /// How often a request is sent before its failure is final.
    private static let tries = 3
    private static let longestPause = Duration.seconds(300)

    package nonisolated let maximumPages: Int
    private let baseURL: BaseURL
    private let credentials: @Sendable () -> Credentials
    private let userAgent: String
    private let http: HTTPClient
    /// The number of operations asked for in a page.
    package nonisolated let pageSize: Int
    private let timing: RequestTiming
    private let observe: @Sendable (RequestEvent) -> Void
    private let pace: RequestPace
    private var decoders: [Resource: PageDecoder] = [:]
    /// The credentials that the API refused last.
    private let refused = Locked<Credentials?>(nil)

    /// `credentials` is asked before every request, so that rotated secrets are picked up; `observe` is called for every
    /// exchange, retry and pause, in order, from whichever thread. `pageSize` is from 1 to 1000, `maximumPages` the cap on
    /// one list.
    package init(
        baseURL: BaseURL, credentials: @escaping @Sendable () -> Credentials, userAgent: String, http: HTTPClient,
        pageSize: Int = 1000, maximumPages: Int = 10_000, pace: RequestPace = RequestPace(),
        timing: RequestTiming = .system, observe: @escaping @Sendable (RequestEvent) -> Void = { _ in }
    ) {
        self.baseURL = baseURL
        self.credentials = credentials
        self.userAgent = userAgent
        self.http = http
        self.pageSize = pageSize
        self.maximumPages = maximumPages
        self.pace = pace
        self.timing = timing
        self.observe = observe
    }

    /// True once the credentials are others than those that the API refused last, as after their file has changed.
    package nonisolated var hasNewCredentials: Bool {
        refused.withLock(\.self).map { $0 != credentials() } ?? false
    }

    /// The pages of a list in the full forms of its requests, for whoever reads one list by itself.
    package nonisolated func pages(of query: ListQuery) -> Pages {
        Pages(of: query.resource, atMost: maximumPages) { (token) throws(CommsError) in
            try await self.page(ListRequest(query, at: .wallClock(), after: token), in: RequestForms())
        }
    }

    /// One operation by its id, as a page of its own, which is empty where a fault makes the operation unusable; nil
    /// where the API does not know it (any longer).
    package func fetch(id: String, of resource: Resource) async throws(CommsError) -> Page? {
        let target = RequestTarget(baseURL: baseURL, path: "\(resource.path)/\(percentEncoded(id))")
        let decoder = decoder(of: resource)
        do {
            return try await get(target) { (response) throws(MalformedBody) in
                try decoder.decodeOperation(response.body, id: id)
            }
        } catch {
            guard error.status != 404, error.status != 410 else { return nil }
            throw error.error
        }
    }

    /// One page of a list, without the operations that are `known` to look as they do.
    package func page(
        _ request: ListRequest, in forms: RequestForms, known: Locked<FingerprintTable>? = nil
    ) async throws(CommsError) -> Page {
        let target = RequestTarget(baseURL: baseURL, list: request, in: forms, pageSize: pageSize)
        let decoder = decoder(of: request.query.resource)
        do {
            var page = try await get(target) { (response) throws(MalformedBody) in
                response.status == 204 ? decoder.empty(known: known) : try decoder.decode(response.body, known: known)
            }
            page.isFull = forms.isFull(page.count, for: request, pageSize: pageSize)
            return page
        } catch {
            throw error.error
        }
    }

    private func decoder(of resource: Resource) -> PageDecoder {
        if let decoder = decoders[resource] { return decoder }
        let decoder = PageDecoder(resource: resource)
        decoders[resource] = decoder
        return decoder
    }
}

extension CommsClient {
    /// Returns what a response says of status 200, or 204 to a list, sending again what may succeed then.
    private func get(
        _ target: RequestTarget, _ decode: (HTTPResponse) throws(MalformedBody) -> Page
    ) async throws(RequestFailure) -> Page {
        var attempt = 1
        while true {
            try await waitForTurn()
            do { return try await exchange(target, decode) } catch {
                if let pause = error.retryAfter { self.pause(min(pause, Self.longestPause)) }
                guard error.isTransient, attempt < Self.tries else { throw error }
                try await backOff(from: error, attempt: attempt)
                attempt += 1
            }
        }
    }

    /// Sends a request once and reports how that ended, once.
    private func exchange(
        _ target: RequestTarget, _ decode: (HTTPResponse) throws(MalformedBody) -> Page
    ) async throws(RequestFailure) -> Page {
        let credentials = credentials()
        let sentAt = timing.now()
        observe(.sending(at: sentAt))
        let response: HTTPResponse
        do { response = try await http.send(request(for: target, as: credentials)) } catch {
            observe(end(of: error, sentAt: sentAt))
            throw RequestFailure(error, of: target)
        }
        let receivedAt = timing.now()
        var date: Timestamp?
        defer { observe(.finished(code: response.status, date: date, sentAt: sentAt, receivedAt: receivedAt)) }
        guard response.status == 200 || response.status == 204 && target.isList else {
            if response.status == 401 || response.status == 403 { refused.withLock { $0 = credentials } }
            let secrets = credentials.spellings + [target.token?.value].compactMap(\.self)
            throw RequestFailure(response, of: target, problem: APIProblem(response.body, hiding: secrets))
        }
        do {
            let page = try decode(response)
            date = response.date.map { Timestamp(seconds: $0) }
            return page
        } catch {
            throw RequestFailure(error, of: target)
        }
    }

    /// The event for an exchange that gave no response.
    private func end(of error: HTTPClientError, sentAt: ContinuousClock.Instant) -> RequestEvent {
        switch error {
        case .canceled: .canceled(sentAt: sentAt)
        case .tooLarge, .excessive: .refused(sentAt: sentAt, receivedAt: timing.now())
        case .invalidURL, .timeout, .network:
            .finished(code: nil, date: nil, sentAt: sentAt, receivedAt: timing.now())
        }
    }

    private func request(for target: RequestTarget, as credentials: Credentials) -> HTTPRequest {
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
        pace.pause(until: timing.now() + duration)
    }

    private func remainingPause() -> Duration {
        pace.remainingPause(at: timing.now())
    }

    /// Waits until the API is not to be left alone and the budget allows a request, in this order: turns taken before a
    /// pause would all come at its end.
    private func waitForTurn() async throws(RequestFailure) {
        repeat {
            while case let pause = remainingPause(), pause > .zero { try await waitOut(pause) }
            try await sleep(pace.take(at: timing.now()))
        } while remainingPause() > .zero
    }

    private func waitOut(_ pause: Duration) async throws(RequestFailure) {
        let began = timing.now()
        // What was really waited, also where that was cut short.
        defer { observe(.throttled(timing.now() - began)) }
        try await sleep(pause)
    }

    private func sleep(_ duration: Duration) async throws(RequestFailure) {
        guard duration > .zero else { return }
        do { try await timing.sleep(duration) } catch { throw .canceled }
    }
}
