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
    /// The values of `--log.level` and `--log.format`.
    let log: (level: String, format: String)

    /// Checks what the command line says, in its own words, together with the configuration file and the environment. Nil
    /// is a flag that is not given. Throws all faults at once.
    package init(
        listenAddresses: [String], usesSystemdSockets: Bool = false, telemetryPath: String, maxRequests: String = "40",
        baseURL: String?, pollInterval: String?, storagePath: String, configurationFile: String? = nil,
        shard: String? = nil, log: (level: String, format: String) = ("info", "logfmt"),
        environment: @escaping (String) -> String?
    ) throws(ConfigurationError) {
        var faults: [ConfigurationError.Fault] = []
        self.listenAddresses = Self.addresses(listenAddresses, &faults)
        let url = Self.baseURL(baseURL, &faults)
        let interval = pollInterval.flatMap { Self.interval($0, &faults) }
        if let fault = Self.fault(inTelemetryPath: telemetryPath) {
            faults.append(
                .init(at: "--web.telemetry-path", "bad --web.telemetry-path\(Self.quoted(telemetryPath)): \(fault)"))
        }
        self.maxRequests = Self.maxRequests(maxRequests, &faults)
        if storagePath.isEmpty {
            faults.append(.init(at: "--storage.path", "--storage.path is empty: name a folder, or :memory:"))
        }
        if looksSecret(storagePath) { faults.append(.init(misplacedIn: "--storage.path")) }
        let ours = Self.shard(shard, &faults)
        var credentials: AccountCredentials?
        do { credentials = try AccountCredentials(environment: environment) } catch { faults += error.all }
        let reader = AccountsFile(
            interval: interval, baseURL: url, shard: ours, fromEnvironment: credentials, environment: environment)
        if let configurationFile, looksSecret(configurationFile) {
            accounts = []
            faults.append(.init(misplacedIn: "--config.file"))
        } else if let configurationFile {
            do throws(YAMLFaults) { accounts = try reader.read(configurationFile) } catch {
                accounts = []
                faults += error.faults.map { .init($0) }
            }
        } else {
            accounts = reader.withoutFile
            if credentials == nil && faults.isEmpty { faults.append(Self.noCredentials) }
        }
        guard faults.isEmpty else { throw ConfigurationError(faults) }
        self.shard = ours
        self.log = log
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

    private static let noCredentials = ConfigurationError.Fault(
        at: "TWILIO_ACCOUNT_SID",
        "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and"
            + " TWILIO_API_KEY_SECRET (secrets also as …_FILE, the path of a file)")

    /// A wrong value as a fault shows it, with a blank before it; nothing where it may be a secret.
    private static func quoted(_ value: String) -> String { shown(value).map { " \"\($0)\"" } ?? "" }

    private static func addresses(_ texts: [String], _ faults: inout [ConfigurationError.Fault]) -> [ListenAddress] {
        texts.compactMap { text in
            do throws(ListenAddressError) { return try ListenAddress(text) } catch {
                faults.append(
                    .init(
                        at: "--web.listen-address",
                        "--web.listen-address: \(shown(text) == nil ? error.withoutText : error.description)"))
                return nil
            }
        }
    }

    private static func baseURL(_ text: String?, _ faults: inout [ConfigurationError.Fault]) -> BaseURL {
        guard let text else { return .twilio }
        if let url = baseURLWithoutSecret(text) { return url }
        // The part behind a colon may be a secret.
        let value = text.contains(":") ? "" : quoted(text)
        faults.append(
            .init(
                at: "--twilio.base-url",
                "bad --twilio.base-url\(value): write it like https://comms.twilio.com"
                    + (text.contains("@") ? ", without a user: credentials come from the environment" : "")))
        return .twilio
    }

    private static func interval(_ text: String, _ faults: inout [ConfigurationError.Fault]) -> Duration? {
        if let interval = Duration(text: text), PollRules.intervals.contains(interval) { return interval }
        faults.append(
            .init(
                at: "--poll.interval",
                "bad --poll.interval\(quoted(text)): write a duration from 1s to 1h, like 30s or 1m30s"))
        return nil
    }

    private static func shard(_ text: String?, _ faults: inout [ConfigurationError.Fault]) -> Shard {
        guard let text else { return .whole }
        if let shard = Shard(text) { return shard }
        faults.append(
            .init(at: "--shard", "bad --shard\(quoted(text)): write I/N, the shard I of N, from 0/N to N-1/N, like 0/3")
        )
        return .whole
    }

    private static func maxRequests(_ text: String, _ faults: inout [ConfigurationError.Fault]) -> Int {
        if let number = Int(text), number >= 0, text.first != "+" { return number }
        faults.append(
            .init(at: "--web.max-requests", "bad --web.max-requests\(quoted(text)): write a number, or 0 for no limit"))
        return 0
    }

    /// What the web side has besides `/` and what is below `/-/`.
    private static let pages = ["/config", "/style.css"]

    private static func fault(inTelemetryPath path: String) -> String? {
        let isPath = path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#%".utf8.contains($0) }
        // A client that normalises paths would never ask for one with such segments.
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard isPath, !segments.contains(where: { ["", ".", ".."].contains($0) }), segments.first != "-" else {
            return "write a path like /metrics, other than / and not below /-/"
        }
        guard !pages.contains(path) else {
            return "another page is there; write a path like /metrics"
        }
        return nil
    }
}
