import Foundation
import HTTPServer
import Locking
import Operations
import Simulator
import TestSupport

/// An API with a few operations that a test writes down, in a time of its own; it lists them for 7 days.
final class SmallAPI: Sendable {
    struct Entry {
        let id: String
        var created: Timestamp
        var status = "PROCESSING"
        var stats: String
        /// False where the API does not know it any longer.
        var isKnown = true
    }

    private struct State {
        var entries: [Entry] = []
        /// Lists that begin so long ago, or earlier, are answered with an error.
        var failsBefore: Duration?
    }

    private let state = Locked(State())
    private let api: StandIn
    var baseURL: String { api.baseURL }

    init(in time: TimeWarp) throws {
        let state = state
        api = try StandIn { request in
            let now = Timestamp(milliseconds: Int64(((try? time.time) ?? 0) * 1000))
            let (status, text) = state.withLock { Self.answer(request, $0, now: now) }
            return ServerResponse(
                status: status, headers: [("Content-Type", "application/json"), ("Date", now.httpDate)],
                body: Array(text.utf8))
        }
    }

    func put(_ entry: Entry) {
        state.withLock { state in
            state.entries.removeAll { $0.id == entry.id }
            state.entries.append(entry)
        }
    }

    /// From now on, lists that begin so long ago or earlier fail; nil is none.
    func fail(before age: Duration?) {
        state.withLock { $0.failsBefore = age }
    }

    private static func answer(_ request: ServerRequest, _ state: State, now: Timestamp) -> (Int, String) {
        guard request.path.hasSuffix("/Operations") else {
            let found = state.entries.first { request.path.hasSuffix("/\($0.id)") && $0.isKnown }
            return found.map { (200, json($0)) } ?? (404, "{}")
        }
        let (start, end) = (request.date("startDate"), request.date("endDate"))
        if let age = state.failsBefore, let start, start <= now - age { return (500, "{}") }
        let listed = state.entries.filter { entry in
            entry.isKnown && entry.created > now - .seconds(7 * 86_400) && start.map { entry.created >= $0 } ?? true
                && end.map { entry.created <= $0 } ?? true
                && request.query("status").map { $0 == entry.status } ?? true
        }
        return (200, #"{"operations": [\#(listed.map(json).joined(separator: ","))], "pagination": {"next": null}}"#)
    }

    private static func json(_ entry: Entry) -> String {
        #"{"id": "\#(entry.id)", "status": "\#(entry.status)", "createdAt": "\#(entry.created)", "#
            + #""updatedAt": "\#(entry.created)", "stats": {\#(entry.stats)}}"#
    }
}
