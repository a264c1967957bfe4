package import Files
package import HTTPServer
package import Passwords
internal import StrictYAML

/// What the file of `--web.config.file` says, checked, in the ecosystem's format:
/// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
///
/// What this server cannot do is refused by name. One key is our own: `auth_excluded_paths`.
package struct WebConfiguration: Sendable {
    /// A request each `interval`, and `burst` of them at a time.
    package struct RateLimit: Equatable, Sendable {
        package let interval: Duration
        package let burst: Int
    }

    /// The paths that need neither certificate nor password and are not counted, where the file names none: those that
    /// probes ask for.
    package static let probePaths = ["/-/healthy", "/-/ready"]

    /// Nil for plain HTTP.
    package var tls: TLSContext?
    /// Added to every response.
    package var headers: [(name: String, value: String)] = []
    /// By name; nobody has to log in where there are none.
    package var users: [String: PasswordHash] = [:]
    package var rateLimit: RateLimit?
    package var openPaths = Set(probePaths)
    /// What is allowed and should not be, each a line.
    package var warnings: [String] = []

    /// What holds without a file.
    package init() {}
}

/// One reading of a web configuration, and what to look at to see whether another one is due.
package struct WebReading: Sendable {
    package let result: Result<WebConfiguration, ConfigurationError>
    /// The file itself and all that it names.
    package let files: FileStamps

    /// Reads the file and the certificates and keys it names, which are relative to its folder.
    package init(path: String) {
        var files = FileStamps()
        guard !looksSecret(path) else {
            self.files = files
            result = .failure(ConfigurationError([.init(misplacedIn: "--web.config.file")]))
            return
        }
        files.note(path)
        do {
            let configuration = try YAMLDocument.read(path) { top in WebConfiguration(top, of: path, &files) }
            result = .success(configuration)
        } catch {
            result = .failure(ConfigurationError(error.faults.map { .init($0) }))
        }
        self.files = files
    }
}

extension WebConfiguration {
    fileprivate init?(_ top: YAMLMapping, of file: String, _ files: inout FileStamps) {
        if let section = top.mapping("tls_server_config", { TLSSection($0, of: file, &files) }) {
            tls = section.context
            warnings = section.warnings
        }
        headers = top.mapping("http_server_config", headers(in:)) ?? []
        users = top.mapping("basic_auth_users", users(in:)) ?? [:]
        rateLimit = top.mapping("rate_limit", rateLimit(in:))
        if let paths = top.values("auth_excluded_paths", "a path like /-/healthy", { $0.hasPrefix("/") ? $0 : nil }) {
            openPaths = Set(paths)
        }
    }
}

private func headers(in section: YAMLMapping) -> [(name: String, value: String)]? {
    if section.boolean("http2") == true {
        section.note("http2", "this server speaks HTTP/1.1 only; write false, or leave the key out")
    }
    return section.mapping("headers") { headers in
        [
            ("Content-Security-Policy", nil), ("X-Frame-Options", ["deny", "sameorigin"]),
            ("X-Content-Type-Options", ["nosniff"]), ("X-XSS-Protection", nil), ("Strict-Transport-Security", nil),
        ].compactMap { (name: String, allowed: [String]?) in
            let expected = allowed?.joined(separator: " or ") ?? "a text of visible characters"
            if allowed != nil, headers.names(name), !headers.has(name) {
                headers.note(name, "must be \(expected); leave it out where the header is not wanted")
            }
            return headers.value(name, expected) { value in
                allowed?.contains(value) ?? value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } ? value : nil
            }.flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }
}

private func users(in section: YAMLMapping) -> [String: PasswordHash]? {
    section.names().reduce(into: [:]) { users, name in
        guard !name.utf8.contains(UInt8(ascii: ":")) else {
            return section.note(
                name,
                section.has(name)
                    ? "a colon ends the name in basic authentication; choose a name without one"
                    : "the hash of the password is missing; as htpasswd prints it, the line needs a space after the colon"
            )
        }
        guard let text = section.value(name, "a bcrypt hash", quoting: false, { $0 }) else {
            return section.has(name) ? () : section.note(name, "the hash of the password is missing")
        }
        do { users[name] = try PasswordHash(text) } catch { section.note(name, "\(error)") }
    }
}

/// Nil where it is switched off, or wrong, which is noted.
private func rateLimit(in section: YAMLMapping) -> WebConfiguration.RateLimit? {
    let interval = section.value("interval", "a duration like 1s or 100ms, or 0") { text in
        Duration(goText: text).flatMap { $0 >= .zero ? $0 : nil }
    }
    let burst = section.integer("burst", in: 0...1_000_000)
    guard let interval, interval > .zero, burst != nil || !section.has("burst") else { return nil }
    guard let burst, burst > 0 else {
        // The format has no default.
        section.note(
            "burst",
            burst == nil
                ? "is missing; write how many requests may come at a time, 1 or more"
                : "is 0, with which no request would be answered; write 1 or more")
        return nil
    }
    return WebConfiguration.RateLimit(interval: interval, burst: burst)
}
