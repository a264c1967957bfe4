package import Configuration
internal import HTTPClient
internal import HTTPServer

/// Asks whether exporters on this machine answer, as a program of its own asks: `twilio-comms-exporter healthcheck`.
///
/// Needs no configuration: where a port does not speak HTTP it is asked over TLS. Whose certificate that is does not matter, since
/// nothing is told to the peer, and nothing of what it says is shown.
package struct Healthcheck: Sendable {
    private let addresses: [ListenAddress]

    /// `listenAddresses` are those of the exporter, as its `--web.listen-address` has them; the unspecified one stands for this
    /// machine. Throws where one is none.
    package init(listenAddresses: [String]) throws(ConfigurationError) {
        do {
            addresses = try listenAddresses.map { try ListenAddress($0) }
        } catch {
            throw ConfigurationError(faults: ["--web.listen-address: \(error)"])
        }
    }

    /// A line for each address at which no exporter seems to live; takes at most 5 seconds, however many there are.
    package func faults() async -> [String] {
        await withTaskGroup { group in
            for address in addresses { group.addTask { await Self.fault(at: address) } }
            return await group.reduce(into: []) { faults, fault in if let fault { faults.append(fault) } }.sorted()
        }
    }

    /// Nil where the exporter lives. A status of 401, 403 or 429 is a living exporter's, too, whose `auth_excluded_paths`
    /// leave the path out.
    private static func fault(at address: ListenAddress) async -> String? {
        do {
            let client = try HTTPClient()
            let status = try await status(of: address, by: client)
            return [200, 401, 403, 429].contains(status) ? nil : "\(address) answers with status \(status)"
        } catch {
            return
                "no answer at \(address): \(reason(error)); is the exporter running, and --web.listen-address the same?"
        }
    }

    private static func status(
        of address: ListenAddress, by client: HTTPClient
    ) async throws(HTTPClientError) -> Int {
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

    private static func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(url: url)
        request.isToThisMachine = true
        request.timeout = .milliseconds(2500)
        request.maximumBodySize = 64 << 10
        return request
    }
}
