internal import CommsAPI
internal import Exposition
internal import Operations
internal import Polling

extension AccountMetric {
    /// How the polling goes. These counters begin with the process.
    static let polling: [AccountMetric] = [
        AccountMetric(
            "up", .gauge,
            "1 if the last poll of the API succeeded, 0 if it failed or none has finished. Polls run in the background.",
            value: { .flag($0.health.lastPollSucceeded) }),
        AccountMetric(
            "last_successful_poll_timestamp_seconds", .gauge,
            "When the last successful poll ended; 0 before the first.",
            value: { .double($0.health.lastSuccess?.seconds ?? 0) }),
        AccountMetric("polls_total", .counter, "Polls that have ended.", value: { .integer($0.health.polls) }),
        AccountMetric("poll_failures_total", .counter, "Polls that failed, by their first failure.") { snapshot in
            PollFailure.allCases.map {
                Series([Label("reason", $0.label)], .integer(snapshot.health.failures[$0] ?? 0))
            }
        },
        AccountMetric("poll_duration_seconds", .histogram, "How long polls took.") {
            [Series([], $0.health.pollSeconds)]
        },
        AccountMetric(
            "sweep_last_success_timestamp_seconds", .gauge,
            "When the sweep was last completed; 0 before the first time."
        ) { snapshot in
            Sweep.allCases.map {
                Series(
                    [Label("sweep", $0.rawValue)], .double(snapshot.health.sweepSuccesses[$0]?.seconds ?? 0))
            }
        },
        AccountMetric(
            "invalid_operations_total", .counter,
            "Faults in listed operations, which were skipped or tolerated while the rest of the page counted."
        ) { snapshot in
            InvalidReason.allCases.map {
                Series([Label("reason", $0.rawValue)], .integer(snapshot.health.invalidOperations[$0] ?? 0))
            }
        },
    ]

    /// How the API's requests go.
    static let requests: [AccountMetric] = [
        AccountMetric(
            "api_requests_total", .counter, "Requests to the API by HTTP status, or error where there was no response."
        ) { snapshot in
            let codes = snapshot.health.requests.codes
            return Set(documentedCodes).union(codes.keys).sorted { ($0 ?? .max) < ($1 ?? .max) }.map { code in
                Series([Label("code", code.map(String.init) ?? "error")], .integer(codes[code] ?? 0))
            }
        },
        AccountMetric("api_retries_total", .counter, "Requests that were sent again, by why.") { snapshot in
            [FailureReason.throttled, .serverError, .timeout, .network].map {
                Series([Label("reason", $0.rawValue)], .integer(snapshot.health.requests.retries[$0] ?? 0))
            }
        },
        AccountMetric(
            "api_throttled_seconds_total", .counter, "Seconds waited because the API asked for it.",
            value: { .double($0.health.requests.throttledSeconds) }),
        AccountMetric("api_request_duration_seconds", .histogram, "How long requests to the API took.") {
            [Series([], $0.health.requests.seconds)]
        },
        AccountMetric(
            "api_fallbacks", .gauge,
            "1 while the API refuses a form of request, and a plainer one is used; the full one is tried again once a day."
        ) { snapshot in
            let refused = RequestForms.Part.allCases.filter { !snapshot.health.forms.isFull($0) }.map(\.label)
            return ["token_alone", "page_size", "status", "window"].map {
                Series([Label("form", $0)], .flag(refused.contains($0)))
            }
        },
        AccountMetric(
            "api_clock_skew_seconds", .gauge, "The API's clock minus this machine's, as far as it is known.",
            value: { .double($0.health.clockSkew.inSeconds) }),
    ]

    /// The statuses the API documents, and no response: these series are there before they are needed.
    private static let documentedCodes: [Int?] = [200, 400, 401, 403, 404, 429, 500, 502, 503, 504, nil]
}
