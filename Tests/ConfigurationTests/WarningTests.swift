import Foundation
import Glibc
import TestSupport
import Testing

@testable import CommsAPI
@testable import Configuration

/// Warnings of what is allowed, and should not be.
struct WarningTests {
    private static let sid = "AC00000000000000000000000000000001"

    private func warnings(_ accounts: String, _ maker: ConfigurationMaker) throws -> [String] {
        try maker.read("accounts:\n\(accounts)\n").warnings.map { $0.replacing(maker.folder.path, with: "") }
    }

    @Test("a secret that others may read is one line, however many accounts use it", arguments: ["600", "640", "604"])
    func openSecret(mode: String) throws {
        let maker = try ConfigurationMaker()
        #expect(chmod(maker.folder.path + "/token", try #require(mode_t(mode, radix: 8))) == 0)
        let warnings = try warnings(
            """
              - {name: a, account_sid: \(Self.sid), auth_token_file: /TOKEN}
              - {name: b, account_sid: \(Self.sid), auth_token_file: /TOKEN, resources: [emails]}
            """, maker)
        let warning = "/token holds a secret and has mode 0\(mode), which lets others read it; chmod 600"
        #expect(warnings == (mode == "600" ? [] : [warning]))
    }

    @Test("a storage folder that others may enter is one line", arguments: ["700", "750", "705", "711"])
    func openStorage(mode: String) throws {
        var maker = try ConfigurationMaker()
        let account = "  - {name: a, account_sid: \(Self.sid), auth_token_env: TOKEN}"
        maker.environment = ["TOKEN": "t"]
        maker.storagePath = maker.folder.path + "/data"
        #expect(try warnings(account, maker) == [])
        #expect(mkdir(maker.storagePath, 0o700) == 0)
        #expect(chmod(maker.storagePath, try #require(mode_t(mode, radix: 8))) == 0)
        let warning = "the storage folder /data has mode 0\(mode), which lets others read it; chmod 700"
        #expect(try warnings(account, maker) == (mode == "700" ? [] : [warning]))
    }

    @Test("something that is another user's is to stay open to its group", .enabled(if: geteuid() == 0))
    func anothersStorage() throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["TOKEN": "t"]
        maker.storagePath = maker.folder.path + "/data"
        #expect(mkdir(maker.storagePath, 0o700) == 0)
        #expect(chown(maker.storagePath, 65_534, 0) == 0)
        let account = "  - {name: a, account_sid: \(Self.sid), auth_token_env: TOKEN}"
        #expect(chmod(maker.storagePath, 0o2770) == 0)
        #expect(try warnings(account, maker) == [])
        #expect(chmod(maker.storagePath, 0o2775) == 0)
        #expect(
            try warnings(account, maker) == [
                "the storage folder /data has mode 2775, which lets others read it; chmod o-rwx, and see that its group is"
                    + " this process's"
            ])
    }

    @Test(
        "an API on another machine is to be asked over TLS",
        arguments: [
            ("http://comms.example", true), ("HTTP://10.0.0.1:8080/x", true), ("http://localhost.example", true),
            ("http://127.example", true), ("http://[::2]:80", true), ("http://127.0.0.1:8080", false),
            ("http://127.7.7.7", false), ("http://localhost:1/x", false), ("http://LocalHost", false),
            ("http://api.localhost", false), ("http://[::1]:8080", false), ("https://comms.example", false),
        ])
    func unencrypted(url: String, isWarned: Bool) throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["TOKEN": "t"]
        let account = "account_sid: \(Self.sid), auth_token_env: TOKEN, base_url: '\(url)'"
        let accounts = "  - {name: a, \(account)}\n  - {name: b, \(account), resources: [emails]}"
        let warning = "\(url) is not encrypted, and everybody on the way can read the secrets sent there; use https"
        #expect(try warnings(accounts, maker) == (isWarned ? [warning] : []))
    }
}
