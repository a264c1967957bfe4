internal import CommsAPI
internal import Files
internal import Operations
internal import StrictYAML

/// Reads the configuration file: accounts, and what holds for all of them.
///
/// What flags and the environment say wins over it: the interval of a flag over the general one of the file, and the
/// credentials of the environment over those of the account `default`, which need not be in the file for that.
struct AccountsFile {
    /// The interval a flag gives; nil without.
    let interval: Duration?
    /// Where accounts are that do not say it themselves.
    let baseURL: BaseURL
    /// Only its accounts are returned, and only their secrets are looked at.
    let shard: Shard
    /// Those of the account `default`, where the environment has them.
    let fromEnvironment: AccountCredentials?
    let environment: (String) -> String?

    /// Accounts as they are found while the file is read.
    private struct Found {
        var names: Set<String> = []
        var accounts: [Account] = []
    }

    /// The accounts of the shard in the order of the file, that of the environment first where the file does not have it.
    func read(_ path: String) throws(YAMLFaults) -> [Account] {
        try YAMLDocument.read(path) { top in
            let standard = PollRules(interval: interval)
            let rules = top.mapping("poll") { PollRules($0, over: standard, interval: interval) } ?? standard
            let general = General(
                rules: rules, reading: top.reading("stats_reading") ?? nil, folder: folder(of: path))
            return accounts(top, general)
        }
    }

    /// The settings of accounts that do not say otherwise.
    private struct General {
        let rules: PollRules
        let reading: StatsReading?
        /// The one that the file is in, which paths in it are relative to; with a slash at its end.
        var folder = ""
    }

    private func accounts(_ top: YAMLMapping, _ general: General) -> [Account]? {
        var found = Found()
        let listed: [Void]? = top.mappings("accounts") { read($0, general, into: &found) }
        if listed?.isEmpty == true { top.note("accounts", "must have at least one account") }
        if !top.has("accounts") && fromEnvironment == nil {
            top.note(
                "accounts", "is missing, and the environment has no credentials (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN)"
            )
        }
        guard !found.names.contains(Account.nameFromEnvironment), let account = accountOfEnvironment(general) else {
            return found.accounts
        }
        if let double = found.accounts.first(where: { $0.counts(account) }) {
            top.note(
                "accounts",
                "\"\(double.name)\" is the account of the environment, which would count everything twice;"
                    + " name it \"default\", or unset TWILIO_ACCOUNT_SID")
        }
        return [account] + found.accounts
    }

    /// What there is without a file: the account of the environment, if it is in the shard.
    var withoutFile: [Account] {
        accountOfEnvironment(General(rules: PollRules(interval: interval), reading: nil)).map { [$0] } ?? []
    }

    private func accountOfEnvironment(_ general: General) -> Account? {
        guard let fromEnvironment, shard.contains(Account.nameFromEnvironment) else { return nil }
        return Account(
            name: Account.nameFromEnvironment, credentials: fromEnvironment, baseURL: baseURL, resources: [.messages],
            rules: general.rules, reading: general.reading)
    }

    private func read(_ mapping: YAMLMapping, _ general: General, into found: inout Found) -> Void? {
        let name = name(mapping, &found.names)
        let isOurs = name.map(shard.contains) ?? true
        let isDefault = name == Account.nameFromEnvironment && fromEnvironment != nil
        let credentials =
            isDefault
            ? Self.overridden(mapping, by: fromEnvironment)
            : AccountCredentials(mapping, folder: general.folder, environment: isOurs ? environment : nil)
        let url = mapping.value("base_url", "a URL like https://comms.twilio.com, without a user", quoting: false) {
            baseURLWithoutSecret($0)
        }
        let resources = resources(mapping)
        let rules = mapping.mapping("poll") { PollRules($0, over: general.rules, interval: nil) }
        let reading = mapping.reading("stats_reading")
        guard let name, isOurs, let credentials, let resources else { return () }
        let account = Account(
            name: name, credentials: credentials, baseURL: url ?? baseURL, resources: resources,
            rules: rules ?? general.rules, reading: reading ?? general.reading)
        if let double = found.accounts.first(where: { $0.counts(account) }) {
            let key = account.credentials.sharesKey(with: double.credentials) ? "api_key" : "account_sid"
            mapping.note(key, "is also that of \"\(double.name)\"; both would count everything twice")
        }
        found.accounts.append(account)
        return ()
    }

    private func name(_ mapping: YAMLMapping, _ known: inout Set<String>) -> String? {
        let name = mapping.value("name", "1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'", quoting: false) { name in
            Account.isName(name) ? name : nil
        }
        guard let name else {
            if !mapping.has("name") { mapping.note("name", "is missing") }
            return nil
        }
        guard !name.split(whereSeparator: { "._-".contains($0) }).contains(where: looksSecret) else {
            mapping.note(
                "name",
                "looks like an auth token or a secret, or has one in it; choose a name, and change the secret if it is one"
            )
            return nil
        }
        guard known.insert(name).inserted else {
            mapping.note("name", "\"\(name)\" is already the name of another account")
            return nil
        }
        return name
    }

    /// What the environment's credentials stand in for may be there, and is not looked at.
    private static func overridden(_ mapping: YAMLMapping, by credentials: AccountCredentials?) -> AccountCredentials? {
        AccountCredentials.refuseSecrets(in: mapping)
        for key in AccountCredentials.keys { _ = mapping.has(key) }
        return credentials
    }

    /// Nil where they are wrong, which is noted.
    private func resources(_ mapping: YAMLMapping) -> [Resource]? {
        guard mapping.has("resources") else { return [.messages] }
        let names = Resource.all.map(\.name).joined(separator: ", ")
        let listed = mapping.values("resources", "one of \(names)") { name in Resource.all.first { $0.name == name } }
        guard let listed else { return nil }
        guard !listed.isEmpty, Set(listed).count == listed.count else {
            mapping.note("resources", listed.isEmpty ? "must have at least one of \(names)" : "has one of them twice")
            return nil
        }
        return listed
    }
}

extension AccountCredentials {
    fileprivate func sharesAccount(with other: AccountCredentials) -> Bool {
        Self.areSame(accountSID, other.accountSID)
    }

    /// A key belongs to one account, whose SID need not be configured.
    fileprivate func sharesKey(with other: AccountCredentials) -> Bool {
        Self.areSame(apiKey, other.apiKey)
    }

    /// True for two SIDs that differ at most in the case of their digits.
    private static func areSame(_ sid: String?, _ other: String?) -> Bool {
        guard let sid, let other, sid.utf8.count == other.utf8.count else { return false }
        return zip(sid.utf8, other.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}

extension Account {
    /// Whether both would count the same operations.
    fileprivate func counts(_ other: Account) -> Bool {
        (credentials.sharesAccount(with: other.credentials) || credentials.sharesKey(with: other.credentials))
            && baseURL == other.baseURL && !Set(resources).isDisjoint(with: other.resources)
    }
}
