import HTTPClient

/// Requests of the tests themselves, through our own client.
enum TestHTTP {
    private static let client = try? HTTPClient()

    static func get(_ url: String) async throws -> (status: Int, text: String) {
        guard let client else { throw HTTPClientError.network("no client") }
        let response = try await client.send(HTTPRequest(url: url))
        return (response.status, response.body.withPaddedBytes { String(decoding: $0, as: UTF8.self) })
    }
}
