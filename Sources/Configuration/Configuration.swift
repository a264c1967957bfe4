internal import CommsAPI
package import HTTPServer
internal import Operations
internal import StrictYAML

/// Everything the exporter was told, checked. Secrets stay where they are until they are used.
package struct Configuration: Sendable {
    /// Those of the shard, each name once, in the order they are exposed in; none in an empty shard.
    package let accounts: [Account]
    package let shard: Shard
    package let storagePath: String
    package let listenAddresses: [ListenAddress]
    /// Whether it serves on the sockets that systemd passes, and not on the addresses.
    package let usesSystemdSockets: Bool
    package let telemetryPath: String
    /// Requests that may be in flight; 0 for no limit.
    package let maxRequests: Int

    /// Checks what the command line says, in its own words, together with the configuration file and the environment. Nil
    /// is a flag that is not given. Throws all faults at once.
    package init(
        listenAddresses: [String], usesSystemdSockets: Bool = false, telemetryPath: String, maxRequests: String = "40",
        baseURL: String?, pollInterval: String?, storagePath: String, configurationFile: String? = nil,
        shard: String? = nil, environment: @escaping (String) -> String?
    ) throws(ConfigurationError) {
        var faults: [String] = []
        self.listenAddresses = Self.addresses(listenAddresses, &faults)
        let url = Self.baseURL(baseURL, &faults)
        let interval = pollInterval.flatMap { Self.interval($0, &faults) }
        if let fault = Self.fault(inTelemetryPath: telemetryPath) { faults.append(fault) }
        self.maxRequests = Self.maxRequests(maxRequests, &faults)
        if storagePath.isEmpty { faults.append("--storage.path is empty: name a folder, or :memory:") }
        let ours = Self.shard(shard, &faults)
        var credentials: AccountCredentials?
        do { credentials = try AccountCredentials(environment: environment) } catch { faults += error.faults }
        let reader = AccountsFile(
            interval: interval, baseURL: url, shard: ours, fromEnvironment: credentials, environment: environment)
        if let configurationFile {
            do throws(YAMLFaults) { accounts = try reader.read(configurationFile) } catch {
                accounts = []
                faults += error.faults.map(\.description)
            }
        } else {
            accounts = reader.withoutFile
            if credentials == nil && faults.isEmpty { faults.append(Self.noCredentials) }
        }
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        self.shard = ours
        self.storagePath = storagePath
        self.usesSystemdSockets = usesSystemdSockets
        self.telemetryPath = telemetryPath
    }

    /// In a few words: `2 accounts, 3 resources`.
    package var summary: String {
        let resources = accounts.reduce(0) { $0 + $1.resources.count }
        return "\(accounts.count) \(accounts.count == 1 ? "account" : "accounts"), "
            + "\(resources) \(resources == 1 ? "resource" : "resources")"
    }

    private static let noCredentials =
        "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and"
        + " TWILIO_API_KEY_SECRET (secrets also as …_FILE, the path of a file)"

    private static func addresses(_ texts: [String], _ faults: inout [String]) -> [ListenAddress] {
        texts.compactMap { text in
            do { return try ListenAddress(text) } catch {
                faults.append("--web.listen-address: \(error)")
                return nil
            }
        }
    }

    private static func baseURL(_ text: String?, _ faults: inout [String]) -> BaseURL {
        guard let text else { return .twilio }
        if let url = BaseURL(text) { return url }
        faults.append("bad --twilio.base-url \"\(text)\": write it like https://comms.twilio.com")
        return .twilio
    }

    private static func interval(_ text: String, _ faults: inout [String]) -> Duration? {
        if let interval = Duration(text: text), PollRules.intervals.contains(interval) { return interval }
        faults.append("bad --poll.interval \"\(text)\": write a duration from 1s to 1h, like 30s or 1m30s")
        return nil
    }

    private static func shard(_ text: String?, _ faults: inout [String]) -> Shard {
        guard let text else { return .whole }
        if let shard = Shard(text) { return shard }
        faults.append("bad --shard \"\(text)\": write I/N, the shard I of N, from 0/N to N-1/N, like 0/3")
        return .whole
    }

    private static func maxRequests(_ text: String, _ faults: inout [String]) -> Int {
        if let number = Int(text), number >= 0, text.first != "+" { return number }
        faults.append("bad --web.max-requests \"\(text)\": write a number, or 0 for no limit")
        return 0
    }

    /// What the web side has besides `/` and what is below `/-/`.
    private static let pages = ["/config", "/style.css"]

    private static func fault(inTelemetryPath path: String) -> String? {
        let isPath = path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#%".utf8.contains($0) }
        // A client that normalises paths would never ask for one with such segments.
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard isPath, !segments.contains(where: { ["", ".", ".."].contains($0) }), segments.first != "-" else {
            return "bad --web.telemetry-path \"\(path)\": write a path like /metrics, other than / and not below /-/"
        }
        guard !pages.contains(path) else {
            return "bad --web.telemetry-path \"\(path)\": another page is there; write a path like /metrics"
        }
        return nil
    }
}
