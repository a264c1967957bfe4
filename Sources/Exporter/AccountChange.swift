internal import Configuration
internal import Logging

/// One account's difference between two configurations.
struct AccountChange: Equatable, Sendable {
    enum Kind: Equatable {
        case added
        case removed
        /// The keys of the configuration file that have other values now; at least one.
        case changed(keys: [String])
    }

    let account: String
    let kind: Kind

    /// The differences from `old` to `new`: those of new accounts in their order, then those that are gone, by name.
    static func changes(from old: [Account], to new: [Account]) -> [AccountChange] {
        let before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
        let changed = new.compactMap { account -> AccountChange? in
            guard let old = before[account.name] else { return AccountChange(account: account.name, kind: .added) }
            let keys = account.changedKeys(since: old)
            return keys.isEmpty ? nil : AccountChange(account: account.name, kind: .changed(keys: keys))
        }
        let gone = Set(before.keys).subtracting(new.map(\.name)).sorted()
        return changed + gone.map { AccountChange(account: $0, kind: .removed) }
    }

    /// Logs one line, without values.
    func report(to log: Logger) {
        switch kind {
        case .added: log.info("account added", metadata: ["account": "\(account)"])
        case .removed: log.info("account removed", metadata: ["account": "\(account)"])
        case .changed(let keys):
            log.info(
                "account changed", metadata: ["account": "\(account)", "keys": "\(keys.joined(separator: ","))"])
        }
    }
}
