import Glibc
import HTTPServer
import Locking
import Operations
import TestSupport

/// An API whose answers take their time, with many operations of two hours ago that finish at once when a new one begins.
final class SlowAPI: Sendable {
    private struct State {
        var haveFinished = false
        var requests = 0
        var wasListed = false
    }

    private let state = Locked(State())
    private let api: StandIn
    var baseURL: String { api.baseURL }

    init(operations count: Int, delay: Duration) throws {
        let state = state
        let start = Timestamp.wallClock()
        api = try StandIn { request in
            usleep(UInt32(delay / .microseconds(1)))
            let text = state.withLock { Self.answer(request, count, start, &$0) }
            return .json(text)
        }
    }

    /// Lets all operations finish, and a new one begin.
    func finishAll() {
        state.withLock { $0.haveFinished = true }
    }

    /// The number of requests that were answered after `finishAll` and before the first list with the new operation.
    var requestsUntilNewWasListed: Int { state.withLock { $0.requests } }

    private static func answer(_ request: ServerRequest, _ count: Int, _ start: Timestamp, _ state: inout State)
        -> String
    {
        let status = state.haveFinished ? "COMPLETED" : "PROCESSING"
        guard request.path.hasSuffix("/Operations") else {
            note(request, isNew: false, &state)
            let number = request.path.split(separator: "/").last.flatMap { Int($0.dropFirst(3)) } ?? 0
            return json("old\(number)", status, created: created(number, start))
        }
        let old = (0..<count).map { json("old\($0)", status, created: created($0, start)) }
        let isListed = request.query("status").map { $0 == status } ?? true
        let recent =
            request.query("startDate").flatMap { Timestamp(rfc3339: $0) }.map { $0 > start - .seconds(7000) } ?? false
        var listed = isListed && !recent ? old : []
        let isNew =
            state.haveFinished && request.query("status") ?? "PROCESSING" == "PROCESSING"
            && request.query("endDate") == nil
        if isNew { listed.append(json("new", "PROCESSING", created: start + .seconds(5))) }
        note(request, isNew: isNew, &state)
        return #"{"operations": [\#(listed.joined(separator: ","))], "pagination": {"next": null}}"#
    }

    private static func note(_ request: ServerRequest, isNew: Bool, _ state: inout State) {
        guard state.haveFinished else { return }
        if isNew { state.wasListed = true }
        if !state.wasListed { state.requests += 1 }
    }

    private static func created(_ number: Int, _ start: Timestamp) -> Timestamp { start - .seconds(7200 + number * 30) }

    private static func json(_ id: String, _ status: String, created: Timestamp) -> String {
        let stats = #"{"total": 1, "sent": 1, "attempts": 1}"#
        return #"{"id": "\#(id)", "status": "\#(status)", "createdAt": "\#(created)", "#
            + #""updatedAt": "\#(created + .seconds(status == "COMPLETED" ? 60 : 1))", "stats": \#(stats)}"#
    }
}
