internal import CommsAPI
internal import Files

extension Configuration {
    /// The dangers of what is configured, as the files stand now, a line each.
    package var warnings: [String] { openStorage + openSecrets + unencrypted }

    private var openStorage: [String] {
        guard storagePath != ":memory:", let openness = opennessOfFolder(storagePath) else { return [] }
        return ["the storage folder \(storagePath) has \(openness)"]
    }

    /// One line for each file, in the order of the accounts.
    private var openSecrets: [String] {
        let paths = accounts.compactMap { account -> String? in
            guard case .file(let path) = account.credentials.secret.source else { return nil }
            return path
        }
        return firsts(of: paths).compactMap { path in
            opennessOfFile(path).map { "\(path) holds a secret and has \($0)" }
        }
    }

    /// One line for each URL on another machine that is asked without TLS, in the order of the accounts.
    private var unencrypted: [String] {
        firsts(of: accounts.map(\.baseURL)).filter { $0.isUnencrypted && !$0.isThisMachine }.map {
            "\($0) is not encrypted, and everybody on the way can read the secrets sent there; use https"
        }
    }
}

/// The elements without those that came before.
private func firsts<Element: Hashable>(of elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
}
