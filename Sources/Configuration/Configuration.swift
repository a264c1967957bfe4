package import CommsAPI
package import HTTPServer
package import Operations
package import Polling

/// Everything the exporter was told, checked. Secrets stay where they are until they are used.
package struct Configuration: Sendable {
    /// The configured name of the one account the environment describes.
    package let account = "default"
    package let resource = Resource.messages
    package let credentials: AccountCredentials
    package let baseURL: BaseURL
    package let plan: PollPlan
    package let storagePath: String
    package let listenAddresses: [ListenAddress]
    /// Whether it serves on the sockets that systemd passes, and not on the addresses.
    package let usesSystemdSockets: Bool
    package let telemetryPath: String
    /// Requests that may be in flight; 0 for no limit.
    package let maxRequests: Int

    /// Checks what the command line says, in its own words, together with the environment. Throws all faults at once.
    package init(
        listenAddresses: [String], usesSystemdSockets: Bool, telemetryPath: String, maxRequests: String,
        baseURL: String, pollInterval: String, storagePath: String, environment: (String) -> String?
    ) throws(ConfigurationError) {
        var faults: [String] = []
        let addresses = Self.addresses(listenAddresses, &faults)
        let url = BaseURL(baseURL)
        if url == nil {
            faults.append("bad --twilio.base-url \"\(baseURL)\": write it like https://comms.twilio.com")
        }
        let interval = Self.interval(pollInterval, &faults)
        if let fault = Self.fault(inTelemetryPath: telemetryPath) { faults.append(fault) }
        let maxRequestsValue = Self.maxRequests(maxRequests, &faults)
        if storagePath.isEmpty { faults.append("--storage.path is empty: name a folder, or :memory:") }
        var credentials: AccountCredentials?
        do { credentials = try AccountCredentials(environment: environment) } catch { faults += error.faults }
        guard faults.isEmpty, let credentials, let url, let interval,
            let maxRequestsValue
        else {
            throw ConfigurationError(faults: faults)
        }
        self.credentials = credentials
        self.baseURL = url
        plan = PollPlan(interval: interval)
        self.storagePath = storagePath
        self.listenAddresses = addresses
        self.usesSystemdSockets = usesSystemdSockets
        self.telemetryPath = telemetryPath
        self.maxRequests = maxRequestsValue
    }

    private static func addresses(_ texts: [String], _ faults: inout [String]) -> [ListenAddress] {
        texts.compactMap { text in
            do { return try ListenAddress(text) } catch {
                faults.append("--web.listen-address: \(error)")
                return nil
            }
        }
    }

    /// From a second, below which the API would see nothing but us, to the hour that a `recent` sweep looks back.
    private static func interval(_ text: String, _ faults: inout [String]) -> Duration? {
        guard let interval = Duration(text: text), interval >= .seconds(1), interval <= .seconds(3600) else {
            faults.append("bad --poll.interval \"\(text)\": write a duration from 1s to 1h, like 30s or 1m30s")
            return nil
        }
        return interval
    }

    private static func maxRequests(_ text: String, _ faults: inout [String]) -> Int? {
        guard let number = Int(text), number >= 0, text.first != "+" else {
            faults.append("bad --web.max-requests \"\(text)\": write a number, or 0 for no limit")
            return nil
        }
        return number
    }

    private static func fault(inTelemetryPath path: String) -> String? {
        let isPath = path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#%".utf8.contains($0) }
        // A client that normalises paths would never ask for one with such segments.
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard isPath, !segments.contains(where: { ["", ".", ".."].contains($0) }), segments.first != "-" else {
            return "bad --web.telemetry-path \"\(path)\": write a path like /metrics, other than / and not below /-/"
        }
        return nil
    }
}
