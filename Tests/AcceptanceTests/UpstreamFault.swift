import HTTPServer
import Operations
import Simulator
import TestSupport

/// One way in which the API does not do its part, and what the exporter has to say of it.
struct UpstreamFault: Sendable, CustomDebugStringConvertible {
    /// What is said to a request, given what the API says to any, and its time.
    typealias Answer =
        @Sendable (ServerRequest, _ api: (ServerRequest) -> ServerResponse, _ now: Timestamp) -> ScriptedPeer.Answer

    let name: String
    /// What polls that meet it are counted under.
    let reason: String
    /// What its requests are counted under.
    let code: String
    /// What some may be counted under instead, as those before it are.
    private(set) var otherCodes = ["200"]
    /// Which requests meet it.
    var hits: @Sendable (ServerRequest) -> Bool = { _ in true }
    let answer: Answer

    var debugDescription: String { name }

    init(_ name: String, _ reason: String, code: String, _ answer: @escaping Answer) {
        self.name = name
        self.reason = reason
        self.code = code
        self.answer = answer
    }

    /// The same, some of whose requests may also be counted under another code.
    func or(code: String) -> UpstreamFault {
        var fault = self
        fault.otherCodes.append(code)
        return fault
    }

    /// An answer that does not depend on the request.
    init(_ name: String, _ reason: String, code: String, _ answer: ScriptedPeer.Answer) {
        self.init(name, reason, code: code) { _, _, _ in answer }
    }

    /// An answer of some status, with a body as the API's errors have it.
    static func status(_ status: Int, _ reason: String, headers: [(name: String, value: String)] = []) -> UpstreamFault
    {
        let body = #"{"errors":[{"code":20000,"message":"A message.","context":"null"}]}"#
        let response = ServerResponse(status: status, headers: headers, body: Array(body.utf8))
        return UpstreamFault("\(status)", reason, code: "\(status)", response.answer())
    }

    /// A page of status 200 with some body.
    static func body(_ name: String, _ body: [UInt8]) -> UpstreamFault {
        UpstreamFault(name, "malformed", code: "200", ServerResponse(status: 200, body: body).answer())
    }

    /// A throttled answer, with a `Retry-After` made from the API's time.
    static func throttled(_ name: String, _ retryAfter: @escaping @Sendable (Timestamp) -> String) -> UpstreamFault {
        UpstreamFault("429, Retry-After \(name)", "throttled", code: "429") { _, _, now in
            let headers = [(name: "Date", value: now.httpDate), (name: "Retry-After", value: retryAfter(now))]
            return ServerResponse(status: 429, headers: headers).answer()
            // In a time that runs fast, a busy machine may be too slow to connect.
        }.or(code: "error")
    }
}
