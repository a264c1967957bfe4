import HTTPServer
import Locking

/// An API in 2024 that lists nothing before an exporter has listed the first week, and then what a test wants it to say: so
/// that operations count from zero though this machine's clock shows another year.
final class LateAPI: Sendable {
    /// The first request asks for the time, and a week is listed in seven slices.
    private static let listsOfFirstWeek = 8

    private let left = Locked(listsOfFirstWeek)
    private let api: StandIn
    var baseURL: String { api.baseURL }

    init(_ answer: @escaping @Sendable (ServerRequest) -> ServerResponse) throws {
        let left = left
        api = try StandIn { request in
            let isEarly = left.withLock { left in
                left -= 1
                return left >= 0
            }
            return isEarly ? .json(#"{"operations": []}"#, headers: [SeedSample.date]) : answer(request)
        }
    }

    /// The next exporter finds a world that has just begun.
    func beginAnew() {
        left.withLock { $0 = Self.listsOfFirstWeek }
    }
}
