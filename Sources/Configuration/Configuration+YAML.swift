internal import HTTPServer
internal import Operations
internal import Polling

extension Configuration {
    /// The configuration in force: flags as comments, and the accounts as a configuration file that says all of it, with
    /// what flags, the environment and defaults have added, and the places of secrets, but no secret.
    package var yaml: String {
        let comments = flags.map { "# \($0.name)=\(quotedUnlessFlag($0.value))\n" }.joined()
        return comments + (accounts.isEmpty ? "accounts: []\n" : "accounts:\n" + accounts.map(\.yaml).joined())
    }

    /// The flags that no account shows.
    private var flags: [(name: String, value: String)] {
        (usesSystemdSockets
            ? [("--web.systemd-socket", "true")]
            : listenAddresses.map { ("--web.listen-address", $0.description) })
            + [
                ("--web.telemetry-path", telemetryPath), ("--web.max-requests", "\(maxRequests)"),
                ("--storage.path", storagePath), ("--log.level", log.level), ("--log.format", log.format),
                ("--shard", shard.description),
            ]
    }
}

extension Account {
    /// The keys that differ from those of the account as it was, as the configuration file calls them.
    package func changedKeys(since old: Account) -> [String] {
        let (now, before) = (settings, old.settings)
        let keys = now.map(\.key) + before.map(\.key).filter { key in !now.contains { $0.key == key } }
        return keys.filter { key in
            now.first { $0.key == key }?.value != before.first { $0.key == key }?.value
        }
    }

    /// All that can change, by key.
    private var settings: [(key: String, value: String)] {
        credentials.settings + [
            ("resources", resources.map(\.name).joined(separator: ", ")), ("base_url", "\(baseURL)"),
        ] + rules.settings.map { ("poll.\($0.key)", $0.value) } + [("stats_reading", reading?.rawValue ?? "auto")]
    }
}

extension Account {
    fileprivate var yaml: String {
        let lines =
            ["name: \(quoted(name))"] + credentials.yaml
            + [
                "resources: [\(resources.map(\.name).joined(separator: ", "))]", "base_url: \(quoted("\(baseURL)"))",
                "poll:",
            ] + rules.yaml.map { "  \($0)" } + ["stats_reading: \(reading?.rawValue ?? "auto")"]
        return lines.enumerated().map { ($0 == 0 ? "  - " : "    ") + $1 + "\n" }.joined()
    }
}

extension AccountCredentials {
    fileprivate var yaml: [String] { settings.map { "\($0.key): \(quoted($0.value))" } }

    fileprivate var settings: [(key: String, value: String)] {
        let name = apiKey == nil ? "auth_token" : "api_key_secret"
        let place =
            switch secret.source {
            case .environment(let variable): (key: "\(name)_env", value: variable)
            case .file(let path): (key: "\(name)_file", value: path)
            }
        return [accountSID.map { ("account_sid", $0) }, apiKey.map { ("api_key", $0) }].compactMap(\.self) + [place]
    }
}

extension PollRules {
    fileprivate var yaml: [String] {
        general.map { "\($0.key): \($0.value)" } + ["sweeps:"]
            + Sweep.allCases.map { sweep in
                let settings = settings(of: sweep).map { "\($0.key): \($0.value)" }
                return "  \(sweep.rawValue): {\(settings.joined(separator: ", "))}"
            }
    }

    fileprivate var settings: [(key: String, value: String)] {
        general
            + Sweep.allCases.flatMap { sweep in
                settings(of: sweep).map { ("sweeps.\(sweep.rawValue).\($0.key)", $0.value) }
            }
    }

    private var general: [(key: String, value: String)] {
        [
            ("interval", plan.interval.text), ("page_size", "\(pageSize)"), ("concurrency", "\(plan.concurrency)"),
            ("requests_per_second", "\(requestsPerSecond)"),
        ]
    }

    private func settings(of sweep: Sweep) -> [(key: String, value: String)] {
        (sweep == .recent || sweep == .day ? [("window", plan.window(of: sweep).text)] : [])
            + [("every", plan[cadenceOf: sweep].text)]
    }
}

/// A flag's value on its line: as it is, and quoted where it would not stay on it.
private func quotedUnlessFlag(_ text: String) -> String {
    text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.isASCII && $0 != "\"" && $0 != "\\" } ? text : quoted(text)
}

/// A YAML scalar: as it is where nothing in it means anything to YAML, and in double quotes, with JSON's escapes, else
/// (https://yaml.org/spec/1.2.2/#double-quoted-style).
private func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
    guard !isPlain || text == "null" || text == "Null" || text == "NULL" else { return text }
    return text.unicodeScalars.reduce(into: "\"") { quoted, scalar in
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        // Marks of direction, and others that nobody sees.
        case _ where scalar.properties.generalCategory == .format && scalar.value <= 0xffff:
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        case _ where scalar.value < 0x20 || 0x7f..<0xa0 ~= scalar.value:
            quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        case "\u{2028}": quoted += "\\L"
        case "\u{2029}": quoted += "\\P"
        default: quoted.unicodeScalars.append(scalar)
        }
    } + "\""
}
