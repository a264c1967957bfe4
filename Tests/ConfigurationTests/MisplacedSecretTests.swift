import TestSupport
import Testing

@testable import Configuration

/// Secrets in places that are shown: none is repeated.
struct MisplacedSecretTests {
    private static let token = "0123456789abcdef0123456789abcdef"
    private static let keySecret = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF"
    private static let sid = "AC00000000000000000000000000000001"

    @Test(
        "a name that is made as a secret, or has one in it, is none",
        arguments: [token, token.uppercased(), keySecret, "prod-\(token)", "\(keySecret).eu"])
    func name(secret: String) throws {
        let maker = try ConfigurationMaker()
        let account = "account_sid: \(Self.sid), auth_token_file: /TOKEN"
        #expect(
            maker.faults("accounts:\n  - {name: \(secret), \(account)}\n") == [
                "config.yml:2: accounts[0].name: looks like an auth token or a secret, or has one in it; choose a name, and"
                    + " change the secret if it is one"
            ])
        #expect(maker.faults("accounts:\n  - {name: an-account-with-a-name-of-32-aBc, \(account)}\n") == [])
    }

    @Test(
        "a base URL with credentials in it, in any spelling, is refused and not repeated",
        arguments: [
            "https://\(sid):hush@comms.example", "https://\(sid):hu/sh@comms.example", "https://\(sid):hush",
            "https://hush@comms.example", "https://hush%40comms.example", "https://comms.example/x@hush",
            "https://\(token)", "https://\(keySecret):443/v1",
        ])
    func baseURL(url: String) throws {
        var maker = try ConfigurationMaker()
        #expect(
            maker.faults(
                "accounts:\n  - {name: a, account_sid: \(Self.sid), auth_token_file: /TOKEN, base_url: '\(url)'}\n")
                == [
                    "config.yml:2: accounts[0].base_url: must be a URL like https://comms.twilio.com, without a user"
                ])
        maker.environment = ["TWILIO_ACCOUNT_SID": Self.sid, "TWILIO_AUTH_TOKEN": "t"]
        maker.baseURL = url
        #expect(
            maker.faults(nil) == [
                "bad --twilio.base-url: write it like https://comms.twilio.com"
                    + (url.contains("@") ? ", without a user: credentials come from the environment" : "")
            ])
    }

    @Test(
        "a token in place of the path of its file is not repeated",
        arguments: ["TWILIO_AUTH_TOKEN", "TWILIO_API_KEY_SECRET"])
    func path(name: String) throws {
        var maker = try ConfigurationMaker()
        let user = name == "TWILIO_AUTH_TOKEN" ? "TWILIO_ACCOUNT_SID" : "TWILIO_API_KEY"
        maker.environment = [
            user: (user == "TWILIO_API_KEY" ? "SK" : "AC") + Self.token, name + "_FILE": Self.token,
        ]
        #expect(maker.faults(nil) == ["\(name)_FILE names a file that cannot be read: No such file or directory"])
    }

    @Test("a secret in place of a path of the command line is not repeated", arguments: [token, keySecret])
    func flags(secret: String) throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["TWILIO_ACCOUNT_SID": Self.sid, "TWILIO_AUTH_TOKEN": "t"]
        let fault = { (flag: String) in
            "\(flag) looks like an auth token or a secret, and is to be a path: ./NAME, if it is one"
        }
        let path = maker.storagePath
        maker.storagePath = secret
        #expect(maker.faults(nil) == [fault("--storage.path")])
        maker.storagePath = path
        maker.configurationFile = secret
        #expect(maker.faults(nil) == [fault("--config.file")])
        #expect(throws: ConfigurationError.self) { try WebReading(path: secret).result.get() }
        guard case .failure(let error) = WebReading(path: secret).result else { return }
        #expect(error.faults == [fault("--web.config.file")])
    }

    @Test("whoever asks for a reload is told place and key of a fault, and nothing else of the file")
    func told() throws {
        let maker = try ConfigurationMaker()
        let path = maker.folder.path + "/config.yml"
        do {
            _ = try maker.read("accounts: [{name: hush hush, resources: [hush]}]\npoll: {interval: hush}\n")
            Issue.record("it was read")
        } catch let error as ConfigurationError {
            #expect(
                error.all.map(\.told) == [
                    "\(path):1: accounts[0].name: is wrong; the log says why",
                    "\(path):1: accounts[0].account_sid: is wrong; the log says why",
                    "\(path):1: accounts[0].resources[0]: is wrong; the log says why",
                    "\(path):2: poll.interval: is wrong; the log says why",
                ])
        }
    }
}
