import HTTPClient
import TestSupport

/// What the client makes of a peer that answers its one request with these bytes, and closes.
func answer(_ text: String, then ending: ScriptedPeer.Ending = .close) async throws -> HTTPResponse {
    try await answer(Array(text.utf8), then: ending)
}

func answer(
    _ bytes: [UInt8], then ending: ScriptedPeer.Ending = .close, adjusting: (inout HTTPRequest) -> Void = { _ in }
) async throws -> HTTPResponse {
    let peer = try ScriptedPeer(.init(bytes, then: ending))
    var request = HTTPRequest(url: peer.url)
    adjusting(&request)
    return try await HTTPClient().send(request)
}

func text(of response: HTTPResponse) -> String {
    response.body.withPaddedBytes { String(decoding: $0, as: UTF8.self) }
}
