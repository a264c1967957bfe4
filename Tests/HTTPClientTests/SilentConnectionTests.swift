import Glibc
import HTTPClient
import TestSupport
import Testing

/// A connection that has been good, and whose peer then hears and says nothing more: a NAT or a load balancer forgot it.
@Suite struct `A connection that goes silent` {
    @Test func `is left after one request over HTTP 1`() async throws {
        let first = ScriptedPeer.Answer("HTTP/1.1 204 No Content\r\n\r\n", then: .keepOpen)
        let peer = try ScriptedPeer { request in
            request.connection == 1 && request.head.hasPrefix("GET /2 ") ? .init(then: .hang) : first
        }
        let client = try HTTPClient()
        try await meetSilence(client, at: peer.url)
        var connections: [Int] = []
        for await request in peer.requests {
            connections.append(request.connection)
            if connections.count == 4 { break }
        }
        #expect(connections == [1, 1, 2, 2])
    }

    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
    func `is left after one request over HTTP 2`() async {
        await #expect(processExitsWith: .success) {
            let peer = try await TLSPeer(name: "127.0.0.1", script: .silentHTTP2)
            setenv("SSL_CERT_FILE", peer.certificate, 1)
            try await meetSilence(try HTTPClient(), at: "https://127.0.0.1:\(peer.port)")
            #expect(try await peer.lines(4) == ["1 /1", "1 /2", "2 /3", "2 /4"])
        }
    }

    /// A request that is canceled has no timeout of its own that would leave the connection.
    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
    func `over HTTP 2 is left by a request that is canceled`() async {
        await #expect(processExitsWith: .success) {
            let (peer, client, url) = try await peerThatFallsSilent()
            let hasty = Task { try await client.send(HTTPRequest(url: url + "/2")) }
            _ = try await peer.lines(2)
            hasty.cancel()
            await #expect(throws: HTTPClientError.canceled) { try await hasty.value }
            var next = HTTPRequest(url: url + "/3")
            next.timeout = .seconds(20)
            #expect(try await client.send(next).status == 204)
            #expect(try await peer.lines(3) == ["1 /1", "1 /2", "2 /3"])
        }
    }

    /// With a second request on it, libcurl keeps such a connection, and sends a third one there.
    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
    func `over HTTP 2 ends for all requests on it when the first has waited long enough`() async {
        await #expect(processExitsWith: .success) {
            let (peer, client, url) = try await peerThatFallsSilent()
            let patient = Task { try await client.send(HTTPRequest(url: url + "/2")) }
            _ = try await peer.lines(2)
            await expectTimeout(client, url + "/3")
            let error = await #expect(throws: HTTPClientError.self) { try await patient.value }
            guard case .network = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await client.send(HTTPRequest(url: url + "/4")).status == 204)
            #expect(try await peer.lines(4) == ["1 /1", "1 /2", "1 /3", "2 /4"])
        }
    }
}

/// A peer over HTTP/2 that has answered a first request of a client, and its URL.
private func peerThatFallsSilent() async throws -> (TLSPeer, HTTPClient, url: String) {
    let peer = try await TLSPeer(name: "127.0.0.1", script: .silentHTTP2)
    setenv("SSL_CERT_FILE", peer.certificate, 1)
    let client = try HTTPClient()
    let url = "https://127.0.0.1:\(peer.port)"
    #expect(try await client.send(HTTPRequest(url: url + "/1")).status == 204)
    return (peer, client, url)
}

/// Sends four requests, the second of which finds the peer silent.
private func meetSilence(_ client: HTTPClient, at url: String) async throws {
    #expect(try await client.send(HTTPRequest(url: url + "/1")).status == 204)
    await expectTimeout(client, url + "/2")
    for path in ["/3", "/4"] { #expect(try await client.send(HTTPRequest(url: url + path)).status == 204) }
}

private func expectTimeout(_ client: HTTPClient, _ url: String) async {
    var request = HTTPRequest(url: url)
    request.timeout = .milliseconds(300)
    await #expect(throws: HTTPClientError.timeout("Operation timed out")) { try await client.send(request) }
}
