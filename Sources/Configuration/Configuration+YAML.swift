internal import Operations
internal import Polling

extension Configuration {
    /// The accounts as they are in force, as a configuration file that says all of it: with what flags, the environment and
    /// defaults have added, and where secrets are, but no secret.
    package var yaml: String {
        accounts.isEmpty ? "accounts: []\n" : "accounts:\n" + accounts.map(\.yaml).joined()
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
    fileprivate var yaml: [String] {
        let key = apiKey == nil ? "auth_token" : "api_key_secret"
        let place =
            switch secret.source {
            case .environment(let name): "\(key)_env: \(quoted(name))"
            case .file(let path): "\(key)_file: \(quoted(path))"
            }
        return [accountSID.map { "account_sid: \(quoted($0))" }, apiKey.map { "api_key: \(quoted($0))" }]
            .compactMap(\.self) + [place]
    }
}

extension PollRules {
    fileprivate var yaml: [String] {
        [
            "interval: \(plan.interval.text)", "page_size: \(pageSize)", "concurrency: \(plan.concurrency)",
            "requests_per_second: \(requestsPerSecond)", "sweeps:",
        ]
            + Sweep.allCases.map { sweep in
                let window = sweep == .recent || sweep == .day ? "window: \(plan.window(of: sweep).text), " : ""
                return "  \(sweep.rawValue): {\(window)every: \(plan[cadenceOf: sweep].text)}"
            }
    }
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
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
            quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: quoted.unicodeScalars.append(scalar)
        }
    } + "\""
}
