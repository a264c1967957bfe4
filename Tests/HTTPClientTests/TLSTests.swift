import Glibc
import HTTPClient
import TestSupport
import Testing

@Suite(.enabled(if: access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
struct `A TLS peer` {
    @Test func `that nobody vouches for is refused, and learns no credentials`() async throws {
        let peer = try await TLSPeer(name: "127.0.0.1")
        let error = await #expect(throws: HTTPClientError.self) { try await ask(peer) }
        #expect(error == .network("SSL certificate problem: self-signed certificate"))
        #expect(try await peer.firstRequest().isEmpty)
    }

    @Test func `is judged by the system's authorities where variables are set but empty`() async {
        await #expect(processExitsWith: .success) {
            let names = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "https_proxy", "ALL_PROXY", "no_proxy"]
            for name in names { setenv(name, "", 1) }
            let peer = try await TLSPeer(name: "127.0.0.1")
            let error = await #expect(throws: HTTPClientError.self) { try await ask(peer) }
            #expect(error == .network("SSL certificate problem: self-signed certificate"))
        }
    }

    @Test func `of another name is refused, and learns no credentials`() async {
        await #expect(processExitsWith: .success) {
            let peer = try await TLSPeer(name: "127.0.0.2")
            setenv("SSL_CERT_FILE", peer.certificate, 1)
            let error = await #expect(throws: HTTPClientError.self) { try await ask(peer) }
            guard case .network(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains("does not match") || text.contains("no alternative certificate subject name matches"))
            #expect(text.contains("127.0.0.1"))
            #expect(try await peer.firstRequest().isEmpty)
        }
    }

    @Test func `of the right name, vouched for by the file that the environment names, is trusted`() async {
        await #expect(processExitsWith: .success) {
            let peer = try await TLSPeer(name: "127.0.0.1")
            setenv("SSL_CERT_FILE", peer.certificate, 1)
            #expect(try await ask(peer).status == 204)
            #expect(try await peer.firstRequest().contains("Authorization: Basic QUMxOnMzY3JldA=="))
        }
    }
}

private func ask(_ peer: TLSPeer) async throws -> HTTPResponse {
    var request = HTTPRequest(url: "https://127.0.0.1:\(peer.port)/")
    request.userName = "AC1"
    request.password = "s3cret"
    return try await HTTPClient().send(request)
}
