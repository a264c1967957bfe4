internal import CommsAPI
internal import Files

extension Configuration {
    /// The dangers of what is configured as the files stand now, a line each.
    package var warnings: [String] {
        openStorage + openSecrets
            + accounts.flatMap { account in [account.unencrypted, account.unknownOwner].compactMap(\.self) }
    }

    private var openStorage: [String] {
        guard storagePath != ":memory:", let mode = modeWhereOthersMayEnter(storagePath) else { return [] }
        return ["the storage folder \(storagePath) has mode \(mode), which lets others read it; chmod 700"]
    }

    /// One line for each file, in the order of the accounts.
    private var openSecrets: [String] {
        let paths = accounts.compactMap { account -> String? in
            guard case .file(let path) = account.credentials.secret.source else { return nil }
            return path
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }.compactMap { path in
            modeWhereOthersMayRead(path).map {
                "\(path) holds a secret and has mode \($0), which lets others read it; chmod 600"
            }
        }
    }
}

extension Account {
    /// Where the API is on another machine and spoken to without TLS.
    fileprivate var unencrypted: String? {
        guard baseURL.isUnencrypted, !baseURL.isThisMachine else { return nil }
        return "account \(name): \(baseURL) is not encrypted, and everybody on the way can read the secret; use https"
    }

    /// Where nothing tells whose key it is.
    fileprivate var unknownOwner: String? {
        guard credentials.apiKey != nil, credentials.accountSID == nil else { return nil }
        return "account \(name): the key of another account would not be noticed; set account_sid"
            + (name == Account.nameFromEnvironment ? " or TWILIO_ACCOUNT_SID" : "")
    }
}
