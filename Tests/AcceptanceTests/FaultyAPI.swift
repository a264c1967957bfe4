import Foundation
import HTTPServer
import Locking
import Operations
import Simulator
import TestSupport

/// The simulated API behind a socket that can say anything: while a fault is set its world goes on, and only the answers
/// are other ones.
final class FaultyAPI: Sendable {
    let baseURL: String
    private let answers: Answers
    private let peer: ScriptedPeer

    /// What the peer says, and what it was asked.
    private final class Answers: Sendable {
        struct State {
            var fault: UpstreamFault?
            var refusals: [ContinuousClock.Instant] = []
            var answered: [ServerRequest] = []
        }

        let simulated: SimulatedAPI
        let time: @Sendable () -> Timestamp
        let keepsOpen: Bool
        let state = Locked(State())

        init(_ world: World, keepsOpen: Bool, time: @escaping @Sendable () -> Timestamp) {
            self.time = time
            self.keepsOpen = keepsOpen
            simulated = SimulatedAPI(world, credentials: [.demo], time: time)
        }

        func answer(_ request: ScriptedPeer.Request) -> ScriptedPeer.Answer {
            let parsed = ServerRequest(head: request.head)
            let fault = state.withLock { state in
                guard let fault = state.fault, fault.hits(parsed) else {
                    state.answered.append(parsed)
                    return nil as UpstreamFault?
                }
                state.refusals.append(.now)
                return fault
            }
            guard let fault else { return simulated.answer(parsed).answer(then: keepsOpen ? .keepOpen : .close) }
            return fault.answer(parsed, simulated.answer, time())
        }
    }

    /// A world of that many operations a minute, after a past of that many an hour. At a `speed` above 1 its time runs so
    /// many times as fast as real, as that of a `TimeWarp` does. `keepsOpen` is whether connections serve several requests.
    init(
        rate: Double = 240, pace: Double = 60, history: Duration = .zero, historyRate: Double = 0, speed: Int = 1,
        keepsOpen: Bool = true
    ) throws {
        var settings = Settings()
        settings.rate = rate
        settings.pace = pace
        let begin = Timestamp.wallClock()
        let start = ContinuousClock.now
        let world = World(at: begin, settings: settings, history: history, historyRate: historyRate)
        let answers = Answers(world, keepsOpen: keepsOpen) { begin + (ContinuousClock.now - start) * speed }
        self.answers = answers
        peer = try ScriptedPeer { answers.answer($0) }
        baseURL = peer.url
    }

    /// From now on, answers with the fault; with nil, as the API does.
    func fail(with fault: UpstreamFault?) {
        answers.state.withLock { state in
            if fault != nil { state.refusals = [] }
            state.fault = fault
        }
    }

    /// The requests that were answered as the API does.
    var answered: [ServerRequest] { answers.state.withLock { $0.answered } }

    /// When the requests came that were answered with the last fault.
    var refusals: [ContinuousClock.Instant] { answers.state.withLock { $0.refusals } }

    /// Stops the world's clock, or lets it go on.
    func freeze(_ frozen: Bool) {
        _ = control("POST", "/-/settings", ("frozen", "\(frozen)"))
    }

    /// What the exporter must say now whose ledger was born when these samples say.
    func truth(for samples: Samples) -> Samples {
        Samples(truth: control("GET", "/-/truth", ("birth", samples.birth.description)))
    }

    private func control(_ method: String, _ path: String, _ item: (name: String, value: String)) -> String {
        let request = ServerRequest(method: method, path: path, queryItems: [item])
        return String(decoding: answers.simulated.answer(request).body, as: UTF8.self)
    }
}

extension ServerRequest {
    /// Of a GET request, its request line and headers.
    fileprivate convenience init(head: String) {
        let lines = head.split(separator: "\r\n")
        let target = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
        let parts = URLComponents(string: target)
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        self.init(
            method: "GET", path: parts?.path ?? "/",
            queryItems: parts?.queryItems?.map { ($0.name, $0.value ?? "") } ?? [], headers: headers)
    }
}

extension ServerResponse {
    /// The answer as it is sent, its length declared as `length` or as what it is.
    func answer(length: Int? = nil, then ending: ScriptedPeer.Ending = .keepOpen) -> ScriptedPeer.Answer {
        let lines =
            ["HTTP/1.1 \(status) Whatever", "Content-Length: \(length ?? body.count)"]
            + headers.map { "\($0.name): \($0.value)" }
        return ScriptedPeer.Answer(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body, then: ending)
    }
}
