import HTTPClient

/// A request that the API did not answer with what was asked for, and whether to send it again.
struct RequestFailure: Error {
    let error: CommsError
    /// Nil where there was no response.
    private(set) var status: Int?
    /// Whether the same request may succeed a little later.
    private(set) var isTransient = false
    /// How long the API asks to be left alone.
    private(set) var retryAfter: Duration?
    /// Whether the API asks for fewer requests altogether.
    var isThrottling: Bool { status == 429 || retryAfter != nil }

    static let canceled = RequestFailure(error: .canceled)

    private init(error: CommsError) {
        self.error = error
    }

    /// No response.
    init(_ error: HTTPClientError, of target: RequestTarget) {
        switch error {
        case .canceled:
            self = .canceled
        case .timeout(let detail):
            self.init(error: .failed(.timeout, "\(target): timed out: \(oneLine(detail))"))
            isTransient = true
        case .network(let detail):
            self.init(error: .failed(.network, "\(target): \(oneLine(detail))"))
            isTransient = true
        case .invalidURL(let detail):
            self.init(error: .failed(.network, "\(target): \(oneLine(detail)); check the base URL"))
        case .tooLarge(let limit):
            self.init(error: .failed(.malformed, "\(target): the body is larger than \(limit) bytes"))
        case .excessive(let detail):
            self.init(error: .failed(.malformed, "\(target): \(detail); check what answers at the base URL"))
        }
    }

    /// A response of status 200, but none of the API's.
    init(_ body: MalformedBody, of target: RequestTarget) {
        self.init(error: .failed(.malformed, "\(target): status 200, but the body is not the API's: \(body)"))
        status = 200
    }

    /// A response of any status but 200; `problem` is what its body says.
    init(_ response: HTTPResponse, of target: RequestTarget, problem: APIProblem?) {
        let parts = ["\(target): status \(response.status)", problem?.description, advice(for: response.status)]
        let text = parts.compactMap(\.self).joined(separator: "; ")
        self.init(error: response.status == 400 ? .refused(text) : .failed(reason(for: response.status), text))
        status = response.status
        // 500 is not among them: "Don't retry the request" (https://www.twilio.com/docs/email/api/errors.md).
        isTransient = [429, 502, 503, 504].contains(response.status)
        retryAfter = isTransient ? response.retryAfter : nil
    }
}

private func reason(for status: Int) -> FailureReason {
    switch status {
    case 401, 403: .auth
    case 429: .throttled
    case 500...599: .serverError
    // No other success is documented for a list, so a body is not worth reading.
    case 200..<300: .malformed
    default: .clientError
    }
}

private func advice(for status: Int) -> String? {
    switch status {
    case 300..<400: "redirects are not followed; check the base URL"
    case 401: "check the account SID and its auth token, or the API key and its secret"
    case 403: "check that the account or API key may read message operations"
    case 404: "check the base URL"
    case 429: "poll less often, or allow fewer requests per second"
    default: nil
    }
}
