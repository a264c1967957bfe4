import Foundation
import TestSupport

/// A configuration file that a test writes again and again, and the folder of the ledgers beside it.
struct AccountsFile {
    let folder: TemporaryFolder
    var path: String { folder.path + "/config.yml" }
    var tokenPath: String { folder.path + "/token" }
    var storage: String { folder.path + "/data" }

    /// With the token of the simulator.
    init() throws {
        folder = try TemporaryFolder()
        try writeToken("simulator")
    }

    func writeToken(_ token: String) throws {
        try token.write(toFile: tokenPath, atomically: true, encoding: .utf8)
    }

    func write(_ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// An account that a simulator knows, by a key of its own; `more` are further keys of its flow mapping.
    struct Entry {
        let name: String
        let baseURL: String
        var more = ""

        /// The SID of its key, which no other name has.
        var key: String {
            let digits = name.utf8.map { String($0, radix: 16) }.joined()
            return "SK" + String(repeating: "0", count: max(0, 32 - digits.count)) + digits
        }
    }

    func write(_ accounts: Entry...) throws {
        try write(accounts)
    }

    func write(_ accounts: [Entry], _ general: String = "") throws {
        let entries = accounts.map { account in
            "  - {name: \(account.name), api_key: \(account.key), api_key_secret_file: \(tokenPath),"
                + " base_url: \"\(account.baseURL)\"\(account.more.isEmpty ? "" : ", \(account.more)")}\n"
        }
        try write("accounts:\n" + entries.joined() + general)
    }

    /// Starts an exporter with the file; without credentials in its environment, unless they are given.
    func start(
        _ arguments: String..., storage: String? = nil, environment: [String: String] = [:]
    ) async throws -> ExporterProcess {
        try await ExporterProcess(
            ["--config.file=\(path)"] + arguments, baseURL: "http://127.0.0.1:9", storage: storage ?? self.storage,
            environment: environment)
    }
}
