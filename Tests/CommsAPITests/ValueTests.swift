import Testing

@testable import CommsAPI

@Suite struct `A request budget` {
    private let start = ContinuousClock.now

    @Test func `lets a burst go at once, then one in each share of a second`() {
        var budget = RequestBudget(requestsPerSecond: 5, burst: 3)
        let waits = (0..<6).map { _ in budget.take(at: start) }
        #expect(waits == [.zero, .zero, .zero, .milliseconds(200), .milliseconds(400), .milliseconds(600)])
    }

    @Test func `fills again while nothing is sent, and no further than the burst`() {
        var budget = RequestBudget(requestsPerSecond: 2, burst: 2)
        for _ in 0..<2 { #expect(budget.take(at: start) == .zero) }
        #expect(budget.take(at: start + .milliseconds(500)) == .zero)
        #expect(budget.take(at: start + .milliseconds(500)) == .milliseconds(500))
        let later = start + .seconds(3600)
        #expect((0..<3).map { _ in budget.take(at: later) } == [.zero, .zero, .milliseconds(500)])
    }

    @Test(arguments: [0, -1, .nan, .infinity] as [Double])
    func `of no rate is no limit`(rate: Double) {
        var budget = RequestBudget(requestsPerSecond: rate, burst: 0)
        for _ in 0..<100 { #expect(budget.take(at: start) == .zero) }
    }

    @Test func `holds for a client's requests together`() async throws {
        let api = try StubAPI { _, number in number < 8 ? .page(next: "\(number)") : .page() }
        let time = TestTime()
        _ = try await ids(api.client(timing: time.timing).pages(of: everything))
        #expect(api.requests.count == 8)
        #expect(time.sleeps == [.milliseconds(200), .milliseconds(200), .milliseconds(200)])
    }
}

@Suite struct `A pair of credentials` {
    private let credentials = Credentials(userName: "SK1", secret: "s3cret")

    @Test func `never shows its secret`() {
        var dumped = ""
        dump([credentials], to: &dumped)
        for text in [
            "\(credentials)", String(reflecting: credentials), "\([credentials])", dumped,
            "\(Optional(credentials) as Any)",
        ] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("SK1"))
            #expect(text.contains("<secret>"))
        }
    }

    @Test func `knows the account unless it is an API key`() {
        #expect(Credentials(userName: "AC12", secret: "").accountSID == "AC12")
        #expect(credentials.accountSID == nil)
    }
}

@Suite struct `Hiding what was sent` {
    @Test(
        arguments: [
            (["a"], "bab", "b<hidden>b"), (["ab"], "abab", "<hidden><hidden>"), (["ab", "abc"], "abcd", "<hidden>d"),
            (["", "x"], "a", "a"), ([], "a", "a"), (["a/b"], "a%2fb a%2Fb %61%2f%62", "<hidden> <hidden> <hidden>"),
            (["a%2Fb"], "a%2Fb a%252Fb", "<hidden> <hidden>"), (["ü"], "ü %C3%BC", "<hidden> <hidden>"),
            (["abc"], "ab", "ab"), (["a/"], "a%2 a%", "a%2 a%"), (["abc"], "abc\u{301}", "<hidden>\u{301}"),
        ] as [([String], String, String)])
    func `leaves the rest`(secrets: [String], text: String, expected: String) {
        #expect(hiding(secrets, in: text) == expected)
    }

    @Test(arguments: [
        ("see http://user:s3cret@proxy:1/x", "see http://<hidden>@proxy:1/x"),
        ("a://b@c d://e:f/g@h i", "a://<hidden>@c d://<hidden>@h i"),
        ("<a href=\"https://u@v\">@", "<a href=\"https://<hidden>@v\">@"), ("https://a/b x@y", "https://a/b x@y"),
        ("", ""), ("://@", "://<hidden>@"),
    ])
    func `of whatever user a URL names shows none`(text: String, shown: String) {
        #expect(hidingUserInfo(in: text) == shown)
    }

    /// Source: https://datatracker.ietf.org/doc/html/rfc4648#section-10
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
        ("\u{3FF}", "z78="),
    ])
    func `knows base64`(text: String, expected: String) {
        #expect(base64(text) == expected)
    }
}

@Suite struct `A page token` {
    @Test func `is never shown`() {
        var dumped = ""
        let page = Page(operations: [], nextToken: PageToken("t0ken"))
        dump(page, to: &dumped)
        for text in ["\(page)", String(reflecting: page), dumped] { #expect(!text.contains("t0ken")) }
    }
}

@Suite struct `A base URL` {
    @Test(arguments: [
        ("https://comms.twilio.com", "https://comms.twilio.com"),
        ("https://comms.twilio.com/", "https://comms.twilio.com"),
        ("http://127.0.0.1:8080//", "http://127.0.0.1:8080"), ("http://[::1]:8080/api", "http://[::1]:8080/api"),
        ("HTTPS://proxy.example/twilio", "HTTPS://proxy.example/twilio"),
    ])
    func `is absolute, and ends without a slash`(text: String, url: String) {
        #expect(BaseURL(text)?.description == url)
    }

    @Test(arguments: [
        "", "comms.twilio.com", "//comms.twilio.com", "ftp://comms.twilio.com", "https://", "https:///v1", "http://:80",
        "https://AC1:token@comms.twilio.com", "https://comms.twilio.com?x", "https://comms.twilio.com/#x",
        "https://comms.twilio.com/a b", "https://comms.twilio.com/\n", "https://комms.example",
    ])
    func `is nothing else`(text: String) {
        #expect(BaseURL(text) == nil)
    }
}
