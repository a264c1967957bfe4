package import Configuration
internal import HTTPClient
internal import HTTPServer

/// Whether an exporter on this machine answers, as a program of its own asks: `twilio-comms-exporter healthcheck`.
///
/// Needs no file: where a port does not speak HTTP it is asked over TLS. Whose certificate that is does not matter, since
/// nothing is told to the peer, and nothing of what it says is shown.
package struct Healthcheck: Sendable {
    private let address: ListenAddress

    /// `listenAddress` is that of the exporter, as its `--web.listen-address` has it; the unspecified one stands for this
    /// machine. Throws where it is none.
    package init(listenAddress: String) throws(ConfigurationError) {
        do {
            address = try ListenAddress(listenAddress)
        } catch {
            throw ConfigurationError(faults: ["--web.listen-address: \(error)"])
        }
    }

    /// Nil where the exporter lives, else why it seems not to, as one line; takes at most 5 seconds. A status of 401, 403 or
    /// 429 is a living exporter's, too, whose `auth_excluded_paths` leave the path out.
    package func fault() async -> String? {
        do {
            let client = try HTTPClient()
            let status = try await status(by: client)
            return [200, 401, 403, 429].contains(status) ? nil : "\(address) answers with status \(status)"
        } catch {
            return
                "no answer at \(address): \(Self.reason(error)); is the exporter running, and --web.listen-address the same?"
        }
    }

    private func status(by client: HTTPClient) async throws(HTTPClientError) -> Int {
        let url = address.url(port: address.port) + "/-/healthy"
        do {
            return try await client.send(request(url)).status
        } catch {
            guard case .network = error else { throw error }
            // A TLS port closes a connection that speaks HTTP. Where there is no TLS either, what HTTP met says more.
            do {
                return try await client.send(request("https" + url.dropFirst("http".count))).status
            } catch _ {
                throw error
            }
        }
    }

    private static func reason(_ error: HTTPClientError) -> String {
        switch error {
        case .invalidURL(let text), .timeout(let text), .network(let text), .excessive(let text): text
        case .tooLarge(let limit): "a body of more than \(limit) bytes"
        case .canceled: "canceled"
        }
    }

    private func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(url: url)
        request.isToThisMachine = true
        request.timeout = .milliseconds(2500)
        request.maximumBodySize = 64 << 10
        return request
    }
}
