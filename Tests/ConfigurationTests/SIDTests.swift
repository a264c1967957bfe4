import TestSupport
import Testing

@testable import CommsAPI
@testable import Configuration

/// SIDs as they are read from the configuration file and the environment, and what is said of those that are none.
struct SIDTests {
    private static let account = "AC0123456789abcdefABCDEF0123456789"
    private static let key = "SK0123456789abcdefABCDEF0123456789"

    @Test("digits are of either case, and blanks and line breaks around them are forgiven")
    func forgiven() throws {
        var maker = try ConfigurationMaker()
        let file = """
            accounts:
              - {name: a, account_sid: " \(Self.account)\\n", auth_token_file: /TOKEN}
              - {name: b, api_key: "\\t\(Self.key) ", api_key_secret_file: /TOKEN}
            """
        let accounts = try maker.read(file).accounts
        #expect(accounts.map(\.credentials.accountSID) == [Self.account, nil])
        #expect(accounts.map(\.credentials.current.userName) == [Self.account, Self.key])
        maker.environment = ["TWILIO_ACCOUNT_SID": "\u{FEFF}\(Self.account)\r\n", "TWILIO_AUTH_TOKEN": "t"]
        #expect(try maker.read(nil).accounts.map(\.credentials.accountSID) == [Self.account])
        maker.environment = ["TWILIO_ACCOUNT_SID": " \n", "TWILIO_API_KEY": Self.key, "TWILIO_API_KEY_SECRET": "s"]
        #expect(try maker.read(nil).accounts.map(\.credentials.accountSID) == [nil])
    }

    private static let copied = "and 32 hexadecimal digits; copy it again from the Twilio Console"
    private static let unfilled = "holds a placeholder that nothing has filled in; write the SID itself"

    static let accountFaults: [(text: String, fault: String)] = [
        ("AC123", "must be an account SID: AC \(copied)"), (account + "0", "must be an account SID: AC \(copied)"),
        ("AC" + account.dropFirst(3) + "g", "must be an account SID: AC \(copied)"),
        ("ac" + account.dropFirst(2), "must be an account SID: AC \(copied)"),
        ("0123456789abcdef0123456789abcdef", "must be an account SID: AC \(copied)"),
        ("AC0123456789abcdef 0123456789abcdef", "must be an account SID: AC \(copied)"),
        ("${TWILIO_ACCOUNT_SID}", unfilled), ("$TWILIO_ACCOUNT_SID", unfilled), ("AC${DIGITS}", unfilled),
        ("{{ sid }}", unfilled),
    ]

    @Test("what is no account SID is a fault that does not repeat it", arguments: accountFaults)
    func wrongAccount(text: String, fault: String) throws {
        var maker = try ConfigurationMaker()
        #expect(
            maker.faults("accounts:\n  - {name: a, account_sid: '\(text)', auth_token_file: /TOKEN}")
                == ["config.yml:2: accounts[0].account_sid: \(fault)"])
        maker.environment = ["TWILIO_ACCOUNT_SID": text, "TWILIO_AUTH_TOKEN": "t"]
        #expect(maker.faults(nil) == ["TWILIO_ACCOUNT_SID \(fault)"])
        #expect(!maker.faults(nil).joined().contains(text))
    }

    @Test("a SID of the other kind is told as what it is, and where it belongs")
    func otherKind() throws {
        var maker = try ConfigurationMaker()
        #expect(
            maker.faults(
                """
                accounts:
                  - {name: a, account_sid: \(Self.key), auth_token_file: /TOKEN}
                  - {name: b, api_key: \(Self.account), api_key_secret_file: /TOKEN}
                  - {name: c, account_sid: \(Self.key), api_key: SK1, api_key_secret_file: /TOKEN}
                """) == [
                    "config.yml:2: accounts[0].account_sid: holds the SID of an API key, SK…; move it to api_key, or write"
                        + " that of the account, AC…",
                    "config.yml:3: accounts[1].api_key: holds the SID of an account, AC…; move it to account_sid, or write"
                        + " that of the key, SK…",
                    "config.yml:4: accounts[2].account_sid: holds the SID of an API key, SK…; move it to api_key, or write"
                        + " that of the account, AC…",
                    "config.yml:4: accounts[2].api_key: must be the SID of an API key: SK \(Self.copied)",
                ])
        maker.environment = ["TWILIO_ACCOUNT_SID": Self.key, "TWILIO_API_KEY": Self.account]
        #expect(
            maker.faults(nil) == [
                "TWILIO_ACCOUNT_SID holds the SID of an API key, SK…; move it to TWILIO_API_KEY, or write that of the"
                    + " account, AC…",
                "TWILIO_API_KEY holds the SID of an account, AC…; move it to TWILIO_ACCOUNT_SID, or write that of the key,"
                    + " SK…",
                "TWILIO_API_KEY is set but its secret is not: set TWILIO_API_KEY_SECRET or TWILIO_API_KEY_SECRET_FILE",
            ])
    }

    @Test("two accounts whose SIDs differ in the case of their digits are one account")
    func double() throws {
        let maker = try ConfigurationMaker()
        #expect(
            maker.faults(
                """
                accounts:
                  - {name: a, account_sid: \(Self.account), auth_token_file: /TOKEN}
                  - {name: b, account_sid: AC\(Self.account.dropFirst(2).lowercased()), auth_token_file: /TOKEN}
                """) == [
                    "config.yml:3: accounts[1].account_sid: is also that of \"a\"; both would count everything twice"
                ])
    }
}
