import Glibc
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct `A proxy` {
    @Test(
        arguments: [
            ("http://proxy.example:3128", "http://proxy.example:3128", nil, nil),
            ("proxy.example:3128", "http://proxy.example:3128", nil, nil),
            ("proxy.example", "http://proxy.example", nil, nil),
            ("http://proxy.example/", "http://proxy.example", nil, nil),
            ("HTTPS://192.0.2.1:443", "https://192.0.2.1:443", nil, nil),
            ("http://[2001:db8::1]:3128/", "http://[2001:db8::1]:3128", nil, nil),
            ("http://[fe80::1%25eth0]", "http://[fe80::1%25eth0]", nil, nil),
            ("socks5h://a:b@under_score:1080", "socks5h://under_score:1080", "a", "b"),
            ("http://user:s3cret@proxy:3128", "http://proxy:3128", "user", "s3cret"),
            ("user:s3cret@proxy:3128", "http://proxy:3128", "user", "s3cret"),
            ("http://user:p%23%2f%3F%40%20%25w@proxy", "http://proxy", "user", "p#/?@ %w"),
            ("http://user:100%@proxy", "http://proxy", "user", "100%"),
            ("http://us%3Aer:a:b@proxy", "http://proxy", "us:er", "a:b"),
            ("http://user@proxy", "http://proxy", "user", nil), ("http://:pw@proxy", "http://proxy", "", "pw"),
            ("http://user:@proxy", "http://proxy", "user", ""),
            ("http://user:!$&'()*+,;=-._~ü@proxy", "http://proxy", "user", "!$&'()*+,;=-._~ü"),
        ] as [(String, String, String?, String?)])
    func `is taken as curl takes it`(text: String, url: String, userName: String?, password: String?) throws {
        let address = try ProxyAddress(text)
        #expect(address.url == url)
        #expect(address.userName == userName.map { Array($0.utf8CString) })
        #expect(address.password == password.map { Array($0.utf8CString) })
    }

    @Test func `may have a password in any encoding`() throws {
        #expect(try ProxyAddress("http://u:%FC%fc@proxy").password == [-4, -4, 0])
    }

    @Test(
        arguments: [
            ("http://user:pa#ss@proxy:3128", .login), ("http://user:pa/ss@proxy:3128", .login),
            ("http://user:pa?ss@proxy:3128", .login), ("http://user:pa@ss@proxy:3128", .login),
            ("http://user:pa ss@proxy:3128", .login), ("http://us er:pass@proxy:3128", .login),
            ("http://user:pa\tss@proxy", .login), ("http://user:pa\r\nss@proxy", .login),
            ("user:pa://ss@proxy", .login),
            ("user:pa/ss@proxy:3128", .login), ("http://user:pa%00ss@proxy", .nul),
            ("http://user:\u{FFFD}@proxy", .encoding),
            ("ftp://user:pass@proxy:3128", .scheme), ("htp://proxy", .scheme), ("socks://proxy", .scheme),
            ("://proxy", .scheme),
            ("http://", .host), ("http://:3128", .host), ("http://user:pass@", .host),
            ("http://user:pass@:3128", .host),
            ("http://pro xy:3128", .blank), (" http://proxy:3128", .blank), ("http://[2001:db8::1", .host),
            ("http://[]:3128", .host),
            ("http://[user:pass", .host), ("http://2001:db8::1", .port), ("http://prüfung", .host), (" ", .blank),
            ("/", .host),
            ("http://proxy:", .port), ("http://proxy:0", .port), ("http://proxy:65536", .port),
            ("http://proxy:312a", .port),
            ("http://proxy:-1", .port), ("http://user:pass", .port), ("http://[::1]3128", .port),
            ("http://proxy:3128 ", .blank),
            ("http://proxy:99999999999999999999", .port),
            ("http://proxy:3128/path", .more), ("http://proxy?a", .more), ("http://proxy#a", .more),
            ("http:/proxy:3128", .more),
            ("http://proxy//", .more),
        ] as [(String, ProxyFault)])
    func `that is none is refused for what is wrong`(text: String, fault: ProxyFault) {
        #expect(throws: fault) { try ProxyAddress(text) }
    }

    @Test func `variable that is wrong is named, and none of its value told`() {
        let values = [
            "http_proxy": "http://user:s3cret#1@proxy", "https_proxy": "ftp://user:s3cret@proxy",
            "HTTPS_PROXY": "http://proxy:s3cret",
            "all_proxy": "", "ALL_PROXY": "http://user:s3cret@proxy/s3cret", "no_proxy": "localhost, user:s3cret@proxy",
            "NO_PROXY": "http://s3cret", "HTTP_PROXY": "s3cret s3cret",
        ]
        #expect(
            ProxyVariables { values[$0] }.faults == [
                "http_proxy: in a user name or password, percent-encode # as %23, / as %2F, ? as %3F, @ as %40 and a blank as %20",
                "https_proxy: the scheme must be http, https, socks4, socks4a, socks5 or socks5h, as in http://proxy.example:3128",
                "HTTPS_PROXY: the port must be a number from 1 to 65535, as in http://proxy.example:3128",
                "ALL_PROXY: nothing may follow the host and port, as in http://proxy.example:3128",
                "no_proxy: must be hosts, separated by commas, or *; one of them is a URL or has an @",
                "NO_PROXY: must be hosts, separated by commas, or *; one of them is a URL or has an @",
            ])
    }

    @Test func `variable that is right, empty or not set is no fault`() {
        let values = [
            "https_proxy": "http://user:p%40ss@proxy:3128", "no_proxy": "localhost,.example,192.0.2.0/24,*",
            "NO_PROXY": "",
        ]
        #expect(ProxyVariables { values[$0] }.faults == [])
        #expect(ProxyVariables { _ in nil }.faults == [])
    }

    @Test(
        arguments: [
            ("https://a", ["https_proxy": "one", "HTTPS_PROXY": "two", "all_proxy": "three"], "http://one"),
            ("HTTPS://a", ["https_proxy": "", "HTTPS_PROXY": "two", "all_proxy": "three"], "http://two"),
            ("https://a", ["http_proxy": "one", "ALL_PROXY": "four", "all_proxy": "three"], "http://three"),
            ("https://a", ["http_proxy": "one", "ALL_PROXY": "four"], "http://four"),
            ("http://a", ["HTTP_PROXY": "one", "https_proxy": "two", "HTTPS_PROXY": "two"], nil),
            ("http://a", ["http_proxy": "one", "all_proxy": "three"], "http://one"),
            ("http://a", ["all_proxy": "three"], "http://three"),
        ] as [(String, [String: String], String?)])
    func `is the one that curl would choose`(url: String, values: [String: String], proxy: String?) throws {
        #expect(try ProxyVariables { values[$0] }.proxy(for: url)?.url == proxy)
    }

    @Test func `learns its user and its password, percent-decoded`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try ScriptedPeer(.init("HTTP/1.1 204 No Content\r\n\r\n"))
            setenv("http_proxy", "http://us%65r:p%23s%2Fs%40@127.0.0.1:\(proxy.port)", 1)
            _ = try await HTTPClient().send(HTTPRequest(url: "http://comms.example/v1"))
            let head = await proxy.requests.first { _ in true }?.head
            #expect(head?.hasPrefix("GET http://comms.example/v1 HTTP/1.1\r\n") == true)
            // user:p#s/s@
            #expect(head?.contains("\r\nProxy-Authorization: Basic dXNlcjpwI3Mvc0A=\r\n") == true)
        }
    }

    @Test func `is not asked for a host that no_proxy names`() async {
        await #expect(processExitsWith: .success) {
            let peer = try ScriptedPeer(.init("HTTP/1.1 204 No Content\r\n\r\n"))
            setenv("http_proxy", "http://user:pass@127.0.0.1:9", 1)
            setenv("no_proxy", "localhost,127.0.0.1", 1)
            #expect(try await HTTPClient().send(HTTPRequest(url: peer.url)).status == 204)
        }
    }

    @Test func `that cannot be found is told without its user`() async {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://user:s3cret@nobody.invalid:3128", 1)
            await #expect(throws: HTTPClientError.network("Could not resolve proxy: nobody.invalid")) {
                try await HTTPClient().send(HTTPRequest(url: "http://comms.example/v1"))
            }
        }
    }

    @Test func `variable that is wrong fails requests, but for those to this machine`() async {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://user:s3cret@proxy:port", 1)
            let client = try HTTPClient()
            let text = "http_proxy: the port must be a number from 1 to 65535, as in http://proxy.example:3128"
            await #expect(throws: HTTPClientError.network(text)) {
                try await client.send(HTTPRequest(url: "http://comms.example/v1"))
            }
            let peer = try ScriptedPeer(.init("HTTP/1.1 204 No Content\r\n\r\n"))
            var request = HTTPRequest(url: peer.url)
            request.isToThisMachine = true
            #expect(try await client.send(request).status == 204)
        }
    }

    @Test(arguments: [
        ("Could not resolve proxy: http://user:s3cret@proxy", "Could not resolve proxy: http://<hidden>@proxy"),
        ("a://b:c@d and e://f@g", "a://<hidden>@d and e://<hidden>@g"), ("http://proxy/a@b", "http://proxy/a@b"),
    ])
    func `is told by libcurl without its user, whatever the words`(text: String, expected: String) {
        #expect(withoutMeasurements(text) == expected)
    }
}
