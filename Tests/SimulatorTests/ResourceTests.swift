import HTTPServer
import Locking
import Operations
import Simulator
import Testing

/// The resources other than messages: their own operations, under their own paths and with their own stats.
struct ResourceTests {
    private let api = SimulatedAPI(
        ResourceTests.world(.messages), ResourceTests.world(.emails), ResourceTests.world(.pushNotifications),
        credentials: [.demo], time: { noon })

    private static func world(_ resource: Resource) -> World {
        World(of: resource, at: noon, history: .seconds(86_400), historyRate: 60)
    }

    private func get(_ path: String, _ items: (String, String)...) -> ServerResponse {
        api.answer(
            ServerRequest(
                method: "GET", path: path, queryItems: items.map { ($0.0, $0.1) },
                headers: [("Authorization", demoAuthorization)]))
    }

    @Test func `e-mails are opened and never unaddressable`() {
        let page = get("/v1/Emails/Operations", ("pageSize", "1000"))
        #expect(page.status == 200)
        #expect(page.text.contains("\"opened\":") && !page.text.contains("\"read\":"))
        #expect(!page.text.contains("unaddressable"))
    }

    @Test func `push notifications are not read`() {
        let page = get("/v1/PushNotifications/Operations", ("pageSize", "1000"))
        #expect(page.status == 200)
        #expect(!page.text.contains("\"read\":") && !page.text.contains("\"opened\":"))
        #expect(page.text.contains("\"unaddressable\":1"))
    }

    @Test func `an operation is found under the path of its resource, and only there`() throws {
        let page = get("/v1/Emails/Operations", ("pageSize", "1"))
        let id = try #require(page.text.firstMatch(of: /"id":"([a-z0-9_]+)"/)).1
        #expect(get("/v1/Emails/Operations/\(id)").status == 200)
        #expect(get("/v1/Voices/Operations").status == 404)
        let others = SimulatedAPI(Self.world(.messages), credentials: [.demo], time: { noon })
        let request = ServerRequest(
            method: "GET", path: "/v1/Emails/Operations", headers: [("Authorization", demoAuthorization)])
        #expect(others.answer(request).status == 404)
    }

    @Test func `the truth is told of each resource under its names of the outcomes`() {
        let emails = get("/-/truth", ("birth", "\(noon)"), ("resource", "emails")).text
        #expect(emails.contains("message_outcomes_total{outcome=\"opened\"}"))
        #expect(!emails.contains("\"read\"") && !emails.contains("unaddressable"))
        let push = get("/-/truth", ("birth", "\(noon)"), ("resource", "push_notifications")).text
        #expect(!push.contains("\"read\"") && push.contains("unaddressable"))
        let wrong = get("/-/truth", ("birth", "\(noon)"), ("resource", "faxes"))
        #expect(wrong.status == 400)
        #expect(wrong.text == "resource must be one of messages, emails, push_notifications\n")
    }
}
