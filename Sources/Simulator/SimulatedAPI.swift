import Dispatch
package import HTTPServer
internal import Locking
package import Operations

/// The API and the endpoints that control it, over one world. Safe to use from any thread; an answer may block as long as
/// the setting `hang` says.
package final class SimulatedAPI: Sendable {
    private let world: Locked<World>
    private let credentials: [Credentials]
    private let time: @Sendable () -> Timestamp
    /// Passed by waiting answers when the simulator stops.
    private let stopping = DispatchSemaphore(value: 0)

    /// `time` is the clock that drives the world, and must never go back.
    package init(_ world: World, credentials: [Credentials], time: @escaping @Sendable () -> Timestamp) {
        self.world = Locked(world)
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
        var response = request.path.hasPrefix("/v1/") ? answerAPI(request) : answerControl(request)
        response.headers.append(("Date", withWorld { $0.now }.httpDate))
        return response
    }

    /// Ends the waits of answers that hang, now and from now on.
    package func stopHanging() {
        stopping.signal()
    }

    /// Runs `body` with the world as it is now.
    func withWorld<Result>(_ body: (inout World) -> Result) -> Result {
        world.withLock { world in
            world.advance(to: time())
            return body(&world)
        }
    }

    /// Applies changes to the settings, all or none.
    func change(_ items: [(name: String, value: String)]) throws(SettingError) -> Settings {
        let change: Result<Settings, SettingError> = world.withLock { world in
            var settings = world.settings
            do throws(SettingError) {
                for item in items { try settings.set(item.name, to: item.value) }
            } catch {
                return .failure(error)
            }
            world.change(settings, at: time())
            return .success(settings)
        }
        return try change.get()
    }
}

extension SimulatedAPI {
    private func answerAPI(_ request: ServerRequest) -> ServerResponse {
        let settings = withWorld { $0.settings }
        if settings.hang > 0, stopping.wait(timeout: .now() + settings.hang) == .success {
            stopping.signal()
        }
        do throws(APIError) {
            try throwFault(settings.fault)
            let authorization = request.header("Authorization") ?? ""
            guard credentials.contains(where: { $0.match(authorization) }) else { throw .unauthorized }
            let json = try answerAuthorized(request)
            return ServerResponse(status: 200, headers: [("Content-Type", "application/json")], body: json)
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

    private func answerAuthorized(_ request: ServerRequest) throws(APIError) -> [UInt8] {
        let list = Resource.messages.path
        guard request.path == list || request.path.hasPrefix("\(list)/") else { throw .notFound }
        guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed }
        guard request.path != list else {
            let query = try ListQuery(request)
            return withWorld { $0.page(query) }.json
        }
        let id = String(request.path.dropFirst(list.count + 1))
        guard let operation = withWorld({ $0.operation(id: id) }) else { throw .notFound }
        return operation.json
    }
}
