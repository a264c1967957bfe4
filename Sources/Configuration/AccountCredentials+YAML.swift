internal import Operations
internal import StrictYAML

extension AccountCredentials {
    /// Reads the keys of one account: `account_sid` or `api_key` or both, and where its secret is. Nil where something is
    /// wrong, which is noted. `folder` is that of the file, which paths are relative to. `environment` looks a variable up;
    /// without it secrets are not looked at, and nil is no fault.
    ///
    /// Values are never repeated in faults: some are secrets put into the wrong place.
    init?(_ account: YAMLMapping, folder: String, environment: ((String) -> String?)?) {
        Self.refuseSecrets(in: account)
        let sid = account.sid(.account, SID.Names.keys.account)
        let key = account.sid(.apiKey, SID.Names.keys.apiKey)
        let token = SecretPlace(account, "auth_token", folder: folder)
        let keySecret = SecretPlace(account, "api_key_secret", folder: folder)
        guard account.has("api_key") || account.has("account_sid") else {
            account.note("account_sid", "is missing; give it and its auth_token, or api_key and its api_key_secret")
            return nil
        }
        let usesKey = account.has("api_key")
        (usesKey ? token : keySecret).refuse(
            because: usesKey ? "api_key goes with api_key_secret" : "account_sid goes with auth_token")
        let place = usesKey ? keySecret : token
        guard place.isOne(of: usesKey ? "api_key" : "account_sid"), let environment else { return nil }
        let sidIsRight = sid != nil || !account.has("account_sid"), keyIsRight = key != nil || !usesKey
        guard let secret = place.secret(environment), sidIsRight, keyIsRight else { return nil }
        self.init(accountSID: sid, apiKey: key, secret: secret)
    }

    /// What an account may say of its credentials.
    static let keys = [
        "account_sid", "api_key", "auth_token_file", "auth_token_env", "api_key_secret_file", "api_key_secret_env",
    ]

    static func refuseSecrets(in account: YAMLMapping) {
        for key in ["auth_token", "api_key_secret"] {
            account.refuse(key, "secrets do not belong in this file; give \(key)_file or \(key)_env")
        }
    }
}

extension YAMLMapping {
    /// A SID; nil where it is not there, or is none, which is noted.
    fileprivate func sid(_ kind: SID, _ key: String) -> String? {
        guard let text = value(key, "a SID, \(kind.rawValue)…", quoting: false, { $0 }) else { return nil }
        do { return try kind.read(text, names: .keys) } catch {
            note(key, error.description)
            return nil
        }
    }
}

/// The place of a secret as a mapping gives it: in a file, or in a variable of the environment.
private struct SecretPlace {
    private let mapping: YAMLMapping
    private let name: String
    private let path: String?
    private let variable: String?

    /// Reads `name_file`, which may be relative to `folder`, and `name_env`.
    init(_ mapping: YAMLMapping, _ name: String, folder: String) {
        self.mapping = mapping
        self.name = name
        path = mapping.value("\(name)_file", "the path of a file", quoting: false) { path in
            path.isEmpty ? nil : path.hasPrefix("/") ? path : folder + path
        }
        variable = mapping.value("\(name)_env", "the name of an environment variable", quoting: false) {
            $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "=") } && !$0.isEmpty ? $0 : nil
        }
    }

    /// Notes what is there of it.
    func refuse(because reason: String) {
        for key in ["\(name)_file", "\(name)_env"] where mapping.has(key) {
            mapping.note(key, "is not used: \(reason)_file or _env")
        }
    }

    /// True where there is one place and not two; notes where that is not so.
    func isOne(of user: String) -> Bool {
        switch (mapping.has("\(name)_file"), mapping.has("\(name)_env")) {
        case (true, true): mapping.note("\(name)_env", "excludes \(name)_file; keep one of the two")
        case (false, false): mapping.note("\(name)_file", "is missing; \(user) needs \(name)_file or \(name)_env")
        default: return true
        }
        return false
    }

    /// The secret; nil where it is not there, which is noted.
    func secret(_ environment: (String) -> String?) -> Secret? {
        if let path {
            do { return try Secret(path: path) } catch {
                mapping.note("\(name)_file", "names a file that cannot be read: \(error)")
            }
        }
        if let variable {
            guard let value = environment(variable) else {
                mapping.note("\(name)_env", "names an environment variable that is not set")
                return nil
            }
            do { return try Secret(environment: variable, value: value) } catch {
                mapping.note("\(name)_env", "names an environment variable without a secret: \(error)")
            }
        }
        return nil
    }
}
