import Foundation
import TestSupport
import Testing

@testable import CommsAPI
@testable import Configuration

@Suite struct AccountCredentialsTests {
    private func credentials(_ environment: [String: String]) throws -> AccountCredentials {
        try #require(try AccountCredentials { environment[$0] })
    }

    @Test("an Account SID with its token, or an API key with its secret, which wins")
    func forms() throws {
        let sid = ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "t"]
        let key = ["TWILIO_API_KEY": "SK00000000000000000000000000000001", "TWILIO_API_KEY_SECRET": "s"]
        try #expect(
            credentials(["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "t\n"])
                .current
                == Credentials(userName: "AC00000000000000000000000000000001", secret: "t"))
        try #expect(
            credentials(sid).current == Credentials(userName: "AC00000000000000000000000000000001", secret: "t"))
        try #expect(
            credentials(key).current == Credentials(userName: "SK00000000000000000000000000000001", secret: "s"))
        let both = try credentials(sid.merging(key) { $1 })
        #expect(both.current == Credentials(userName: "SK00000000000000000000000000000001", secret: "s"))
        #expect(both.accountSID == "AC00000000000000000000000000000001")
        try #expect(credentials(key).accountSID == nil)
    }

    @Test("a secret file is read again when it changes, and its last secret stays when it goes away")
    func rotation() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/secret"
        try "first\r\n".write(toFile: path, atomically: true, encoding: .utf8)
        let account = try credentials([
            "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN_FILE": path,
        ])
        #expect(account.current.secret == "first")
        try "\u{FEFF}second pass\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(account.current.secret == "second pass")
        try FileManager.default.removeItem(atPath: path)
        #expect(account.current.secret == "second pass")
    }

    @Test("what is printed or reflected of credentials holds no secret")
    func redaction() throws {
        let account = try credentials([
            "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "hush-hush",
        ])
        var dumped = ""
        dump(account, to: &dumped)
        dump(account.current, to: &dumped)
        for text in ["\(account)", "\(account.current)", String(reflecting: account), dumped] {
            #expect(!text.contains("hush-hush"))
        }
    }

    @Test("an environment that names no account has no credentials")
    func none() throws {
        #expect(try AccountCredentials { ["TWILIO_AUTH_TOKEN": "t"][$0] } == nil)
    }

    static let faults: [(environment: [String: String], fault: String)] = [
        (
            [
                "TWILIO_API_KEY": "SK00000000000000000000000000000001",
                "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "t",
            ],
            "TWILIO_API_KEY is set but"
        ),
        (
            [
                "TWILIO_API_KEY": "SK00000000000000000000000000000001", "TWILIO_API_KEY_SECRET": "s",
                "TWILIO_API_KEY_SECRET_FILE": "/x",
            ],
            "both TWILIO_API_KEY_SECRET and TWILIO_API_KEY_SECRET_FILE are set"
        ),
        (["TWILIO_ACCOUNT_SID": "AC:1", "TWILIO_AUTH_TOKEN": "t"], "TWILIO_ACCOUNT_SID must be an account SID: "),
        (
            ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": ""],
            "TWILIO_ACCOUNT_SID is set but"
        ),
        (
            ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN_FILE": "/dev/null"],
            "TWILIO_AUTH_TOKEN_FILE names a file that cannot be read: it is no regular file"
        ),
    ]

    @Test("what is missing or contradictory is said", arguments: faults)
    func refused(environment: [String: String], fault: String) {
        #expect {
            try credentials(environment)
        } throws: { "\($0)".hasPrefix(fault) }
    }
}
