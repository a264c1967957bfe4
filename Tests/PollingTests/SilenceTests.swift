import CommsAPI
import HTTPClient
import Operations
import TestSupport
import Testing

@testable import Polling

/// The wait for answers, as the events of a client tell it.
@Suite struct `The API's silence` {
    @Test func `lasts while a request waits, and ends when it is canceled`() async throws {
        let peer = try ScriptedPeer(.init(then: .hang))
        let journal = RequestJournal()
        let client = try client(of: peer, journal)
        let task = Task { try await client.fetch(id: "a", of: .messages) }
        _ = await peer.requests.first { _ in true }
        #expect(journal.silentSince != nil)
        task.cancel()
        await #expect(throws: CommsError.canceled) { try await task.value }
        #expect(journal.silentSince == nil)
    }

    @Test(
        "ends with an answer that is refused",
        arguments: [
            "Content-Length: 999999999\r\n", "Content-Encoding: gzip, gzip\r\n",
            String(repeating: "X: y\r\n", count: 1001),
        ])
    func refused(headers: String) async throws {
        let peer = try ScriptedPeer(.init("HTTP/1.1 200 OK\r\n\(headers)\r\n", then: .hang))
        let journal = RequestJournal()
        let client = try client(of: peer, journal)
        let error = await #expect(throws: CommsError.self) { try await client.fetch(id: "a", of: .messages) }
        #expect(error?.reason == .malformed)
        #expect(journal.silentSince == nil)
        #expect(journal.tally.codes == [nil: 1])
    }

    @Test func `begins for others with the last answer, whatever it is`() {
        for answer in [
            RequestEvent.finished(code: 503, date: nil, sentAt: at(0), receivedAt: at(7)),
            .refused(sentAt: at(0), receivedAt: at(7)),
        ] {
            var silence = Silence()
            for moment in [0, 5] { silence.note(.sending(at: at(moment))) }
            silence.note(answer)
            #expect(silence.began == at(7))
            silence.note(.canceled(sentAt: at(5)))
            #expect(silence.began == nil)
        }
    }

    @Test func `goes on through failures, until nobody waits`() {
        var silence = Silence()
        silence.note(.sending(at: at(0)))
        silence.note(.finished(code: nil, date: nil, sentAt: at(0), receivedAt: at(10)))
        silence.note(.sending(at: at(12)))
        #expect(silence.began == at(0))
        silence.note(.canceled(sentAt: at(12)))
        #expect(silence.began == nil)
    }

    @Test func `is as long as the others have waited where one is canceled`() {
        var silence = Silence()
        for moment in [0, 50, 55] { silence.note(.sending(at: at(moment))) }
        silence.note(.canceled(sentAt: at(0)))
        #expect(silence.began == at(50))
        silence.note(.canceled(sentAt: at(55)))
        #expect(silence.began == at(50))
        silence.note(.finished(code: 200, date: nil, sentAt: at(50), receivedAt: at(60)))
        #expect(silence.began == nil)
    }

    @Test func `is not ended by a request of another time that is canceled`() {
        var silence = Silence()
        silence.note(.sending(at: at(5)))
        silence.note(.canceled(sentAt: at(0)))
        #expect(silence.began == at(5))
    }

    private let origin = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { origin + .seconds(seconds) }

    private func client(of peer: ScriptedPeer, _ journal: RequestJournal) throws -> CommsClient {
        CommsClient(
            baseURL: try #require(BaseURL(peer.url)), credentials: { Credentials(userName: "AC1", secret: "x") },
            userAgent: "tests/1", http: try HTTPClient(), observe: journal.note)
    }
}
