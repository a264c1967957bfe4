import Glibc
import HTTPServer
import Locking
import Operations

/// An API whose operations report what a test wrote down.
final class StatsWorld: Sendable {
    fileprivate struct Entry {
        let createdAt: Timestamp
        var looks: Looks
        /// One for each of the next polls.
        var following: [Looks] = []
    }

    /// The looks at an operation that lists and fetches show.
    struct Looks: Sendable {
        var list: StatsLook
        /// In lists that were asked for a status; nil is as in the others.
        var filtered: StatsLook?
        /// By its id; nil is as in lists.
        var fetched: StatsLook?
    }

    fileprivate struct State {
        var creation: Timestamp
        var entries: [String: Entry] = [:]
        var fetched: Set<String> = []
        var victim: Int32?
    }

    private let state: Locked<State>
    private let api: StandIn

    var baseURL: String { api.baseURL }
    /// The ids that have been fetched.
    var fetched: Set<String> { state.withLock { $0.fetched } }

    /// Without operations. Those that are shown first are half an hour old; see `begin`.
    init() throws {
        let state = Locked(State(creation: Timestamp(seconds: Timestamp.wallClock().wholeSeconds - 1800)))
        self.state = state
        api = try StandIn { request in state.withLock { $0.answer(request) } }
    }

    /// From now on, operations are created at this moment.
    func begin(at creation: Timestamp) {
        state.withLock { $0.creation = creation }
    }

    /// Shows a look from now on, for each of the ids.
    func show(
        _ ids: [String], as look: StatsLook, filtered: StatsLook? = nil, fetched: StatsLook? = nil
    ) {
        let looks = Looks(list: look, filtered: filtered, fetched: fetched)
        state.withLock { state in
            for id in ids { state.entries[id, default: Entry(createdAt: state.creation, looks: looks)].looks = looks }
        }
    }

    /// Shows a held operation with another look at each of the next polls, and with the last one ever after.
    func play(_ id: String, _ looks: [StatsLook]) {
        state.withLock { state in
            state.entries[id]?.following = looks.map { Looks(list: $0) }
        }
    }

    /// True once `play` has shown its last look.
    func hasPlayed(_ id: String) -> Bool {
        state.withLock { $0.entries[id]?.following.isEmpty ?? false }
    }

    /// Kills a process when it next asks for a status, in the middle of a poll.
    func killInPoll(_ process: Int32) {
        state.withLock { $0.victim = process }
    }
}

extension StatsWorld.State {
    fileprivate mutating func answer(_ request: ServerRequest) -> ServerResponse {
        let id = String(request.path.dropFirst(Resource.messages.path.count + 1))
        guard id.isEmpty else { return fetch(id) }
        if request.query("status") == nil { beginPoll(request) } else { killVictim() }
        let listed = entries.filter { matches($1, request) }
        let operations = listed.map { $1.json(id: $0, $1.look(request)) }.joined(separator: ",")
        return .json(#"{"operations":[\#(operations)],"pagination":{"next":null}}"#)
    }

    private mutating func fetch(_ id: String) -> ServerResponse {
        guard let entry = entries[id] else { return .text(404, "no such operation\n") }
        fetched.insert(id)
        return .json(entry.json(id: id, entry.looks.fetched ?? entry.looks.list))
    }

    /// Gives each operation its next look: a poll begins with a list that has no end.
    private mutating func beginPoll(_ request: ServerRequest) {
        guard request.query("endDate") == nil else { return }
        for (id, entry) in entries where !entry.following.isEmpty {
            entries[id]?.looks = entry.following[0]
            entries[id]?.following.removeFirst()
        }
    }

    private mutating func killVictim() {
        if let victim { kill(victim, SIGKILL) }
        victim = nil
    }

    private func matches(_ entry: StatsWorld.Entry, _ request: ServerRequest) -> Bool {
        let (start, end) = (request.date("startDate"), request.date("endDate"))
        let status = request.query("status")
        return start.map { entry.createdAt >= $0 } ?? true && end.map { entry.createdAt <= $0 } ?? true
            && (status == nil || status == entry.look(request).status.filterValue)
    }
}

extension StatsWorld.Entry {
    fileprivate func look(_ request: ServerRequest) -> StatsLook {
        request.query("status") == nil ? looks.list : looks.filtered ?? looks.list
    }

    /// `updatedAt` is the creation where the look does not say more.
    fileprivate func json(id: String, _ look: StatsLook) -> String {
        let stats = look.stats.map { #""stats":\#($0),"# } ?? ""
        let dates = #""createdAt":"\#(createdAt)","updatedAt":"\#(createdAt + look.age)""#
        return #"{"id":"\#(id)","status":"\#(look.status.filterValue)",\#(stats)\#(dates)}"#
    }
}

extension ServerRequest {
    func date(_ name: String) -> Timestamp? {
        query(name).flatMap { Timestamp(rfc3339: $0) }
    }
}
