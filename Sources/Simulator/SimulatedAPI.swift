import Dispatch
package import HTTPServer
internal import Locking
package import Operations

/// The API and the endpoints that control it, over a world for each resource. Safe to use from any thread; an answer may block as long as
/// the setting `hang` says.
package final class SimulatedAPI: Sendable {
    private let worlds: Locked<[World]>
    private let credentials: [Credentials]
    private let time: @Sendable () -> Timestamp
    private let traffic = Locked(Traffic())
    /// Passed by waiting answers when the simulator stops.
    private let stopping = DispatchSemaphore(value: 0)

    /// `time` is the clock that drives the worlds, and must never go back. Resources without a world are not found.
    package init(_ worlds: World..., credentials: [Credentials], time: @escaping @Sendable () -> Timestamp) {
        self.worlds = Locked(worlds)
        self.credentials = credentials
        self.time = time
    }

    /// The wall clock as it was at the call, going on steadily: a change of the wall clock does not reach the world.
    package static func steadyClock() -> @Sendable () -> Timestamp {
        let begin = Timestamp.wallClock()
        let start = ContinuousClock.now
        return { begin + (ContinuousClock.now - start) }
    }

    /// The handler of the server.
    package func answer(_ request: ServerRequest) -> ServerResponse {
        let response = request.path.hasPrefix("/v1/") ? answerAPI(request) : answerControl(request)
        return response.changed(headers: response.headers + [("Date", withWorlds { $0[0].headerDate }.httpDate)])
    }

    /// Ends the waits of answers that hang, now and from now on.
    package func stopHanging() {
        stopping.signal()
    }

    /// Runs `body` with the worlds as they are now.
    func withWorlds<Result>(_ body: (inout [World]) -> Result) -> Result {
        worlds.withLock { worlds in
            let now = time()
            for index in worlds.indices { worlds[index].advance(to: now) }
            return body(&worlds)
        }
    }

    /// Runs `body` with the world of a resource; nil where there is none.
    func withWorld<Result>(of resource: Resource, _ body: (inout World) -> Result) -> Result? {
        withWorlds { worlds in
            worlds.firstIndex { $0.resource == resource }.map { body(&worlds[$0]) }
        }
    }

    /// Applies changes to the settings, all or none.
    func change(_ items: [(name: String, value: String)]) throws(SettingError) -> Settings {
        let change: Result<Settings, SettingError> = worlds.withLock { worlds in
            var settings = worlds[0].settings
            do throws(SettingError) {
                for item in items { try settings.set(item.name, to: item.value) }
            } catch {
                return .failure(error)
            }
            let now = time()
            for index in worlds.indices { worlds[index].change(settings, at: now) }
            return .success(settings)
        }
        let settings = try change.get()
        if items.contains(where: { $0.name == "refuse" }) { traffic.withLock { $0.restartLists() } }
        return settings
    }
}

extension SimulatedAPI {
    private func answerAPI(_ request: ServerRequest) -> ServerResponse {
        let settings = withWorlds { $0[0].settings }
        let isAdmitted = traffic.withLock { $0.admit(at: time(), quota: settings.quota) }
        if settings.hang > 0, stopping.wait(timeout: .now() + settings.hang) == .success {
            stopping.signal()
        }
        do throws(APIError) {
            try throwFault(settings.fault)
            guard isAdmitted else { throw .tooManyRequests }
            let authorization = request.header("Authorization") ?? ""
            guard credentials.contains(where: { $0.match(authorization) }) else { throw .unauthorized }
            return try answerAuthorized(request)
        } catch {
            return error.response
        }
    }

    private func throwFault(_ fault: Settings.Fault) throws(APIError) {
        switch fault {
        case .none: return
        case .unauthorized: throw .unauthorized
        case .throttled: throw .tooManyRequests
        case .broken: throw .internalError
        }
    }

    private func answerAuthorized(_ request: ServerRequest) throws(APIError) -> ServerResponse {
        let asked = Resource.all.first { request.path == $0.path || request.path.hasPrefix("\($0.path)/") }
        guard let resource = asked else { throw .notFound }
        guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed }
        guard request.path != resource.path else { return try answerList(of: resource, request) }
        return try answerFetch(of: resource, id: String(request.path.dropFirst(resource.path.count + 1)))
    }

    private func answerList(of resource: Resource, _ request: ServerRequest) throws(APIError) -> ServerResponse {
        let number = traffic.withLock { $0.countList() }
        let (settings, now) = withWorlds { ($0[0].settings, $0[0].now) }
        let query = try ListQuery(request, lowerStatus: settings.refused.contains(.upperStatus))
        let refusal = Refusal.allCases.first { refusal in
            settings.refused.contains(refusal) && refusal.applies(to: query, number: number, at: now)
        }
        if let refusal { throw refusal.error }
        if settings.tokenLife > 0, let begun = query.cursor?.begun, now - begun > .seconds(settings.tokenLife) {
            throw .invalidPageToken
        }
        guard let page = withWorld(of: resource, { $0.page(query) }) else { throw .notFound }
        return page.response(of: resource, settings)
    }

    private func answerFetch(of resource: Resource, id: String) throws(APIError) -> ServerResponse {
        let settings = withWorlds { $0[0].settings }
        if let error = settings.fetch.error { throw error }
        guard let operation = withWorld(of: resource, { $0.operation(id: id) }) ?? nil else { throw .notFound }
        return operation.response(settings)
    }
}
