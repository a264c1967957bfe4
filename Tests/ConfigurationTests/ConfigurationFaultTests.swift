import TestSupport
import Testing

@testable import Configuration

/// What is wrong with a configuration file, in its own words, line by line.
@Suite struct ConfigurationFaultTests {
    @Test("every fault is told with line and key, all at once, and together with those of flags")
    func allAtOnce() throws {
        var maker = try ConfigurationMaker()
        (maker.interval, maker.shard) = ("soon", "3/3")
        let text = """
            account: []
            accounts:
              - name: marketing
                account_sid: AC00000000000000000000000000000001
                auth_token_file: /TOKEN
                resources: [messages, faxes]
              - name: marketing
                account_sid: "AC 1"
                auth_token_file: /TOKEN
                auth_token_env: NAME
              - name: bad name
                auth_token: abc
                account_sid: AC00000000000000000000000000000003
                colour: red
              - resources: []
                api_key: SK00000000000000000000000000000001
                auth_token_env: NAME
                base_url: https://user:word@host
              - name: [list]
                api_key_secret_file: /TOKEN
                poll: fast
                stats_reading: guess
            poll:
              interval: 2h
              page_size: 1001
              concurrency: 0
              requests_per_second: 0
              sweeps:
                week: {window: 7d, every: 2d}
                month: {}
            stats_reading: both
            """
        #expect(
            maker.faults(text) == [
                "bad --poll.interval \"soon\": write a duration from 1s to 1h, like 30s or 1m30s",
                "bad --shard \"3/3\": write I/N, the shard I of N, from 0/N to N-1/N, like 0/3",
                "config.yml:1: account: unknown key; known here: poll, stats_reading, accounts",
                "config.yml:6: accounts[0].resources[1]: must be one of messages, emails, push_notifications, not \"faxes\"",
                "config.yml:7: accounts[1].name: \"marketing\" is already the name of another account",
                "config.yml:8: accounts[1].account_sid: must be an account SID: AC and 32 hexadecimal digits; copy it again"
                    + " from the Twilio Console",
                "config.yml:10: accounts[1].auth_token_env: excludes auth_token_file; keep one of the two",
                "config.yml:11: accounts[2].name: must be 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'",
                "config.yml:11: accounts[2].auth_token_file: is missing; account_sid needs auth_token_file or"
                    + " auth_token_env",
                "config.yml:12: accounts[2].auth_token: secrets do not belong in this file; give auth_token_file or"
                    + " auth_token_env",
                "config.yml:14: accounts[2].colour: unknown key; known here: name, account_sid, api_key,"
                    + " auth_token_file, auth_token_env, api_key_secret_file, api_key_secret_env, base_url, resources,"
                    + " poll, stats_reading",
                "config.yml:15: accounts[3].name: is missing",
                "config.yml:15: accounts[3].api_key_secret_file: is missing; api_key needs api_key_secret_file or"
                    + " api_key_secret_env",
                "config.yml:15: accounts[3].resources: must have at least one of messages, emails, push_notifications",
                "config.yml:17: accounts[3].auth_token_env: is not used: api_key goes with api_key_secret_file or _env",
                "config.yml:18: accounts[3].base_url: must be a URL like https://comms.twilio.com, without a user",
                "config.yml:19: accounts[4].name: must be 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', not a list",
                "config.yml:19: accounts[4].account_sid: is missing; give it and its auth_token, or api_key and its"
                    + " api_key_secret",
                "config.yml:21: accounts[4].poll: must be a mapping (name: value), not a single value",
                "config.yml:22: accounts[4].stats_reading: must be auto, exclusive or cumulative, not \"guess\"",
                "config.yml:24: poll.interval: must be a duration from 1s to 1h, like 30s or 1m30s, not \"2h\"",
                "config.yml:25: poll.page_size: must be a whole number from 1 to 1000, not \"1001\"",
                "config.yml:26: poll.concurrency: must be a whole number from 1 to 7, not \"0\"",
                "config.yml:27: poll.requests_per_second: must be a number from 0.01 to 1000.0, not \"0\"",
                "config.yml:29: poll.sweeps.week.every: must be a duration from 0s to 1d, like 30s or 1m30s, not \"2d\"",
                "config.yml:29: poll.sweeps.week.window: unknown key; known here: every",
                "config.yml:30: poll.sweeps.month: unknown key; known here: recent, active, pending, day, week",
                "config.yml:31: stats_reading: must be auto, exclusive or cumulative, not \"both\"",
            ])
    }

    static let head =
        "accounts:\n  - {name: a, account_sid: AC00000000000000000000000000000001, auth_token_file: /TOKEN}\n"

    static let single: [(text: String, faults: [String])] = [
        (
            "",
            [
                "config.yml:1: accounts: is missing, and the environment has no credentials (TWILIO_ACCOUNT_SID,"
                    + " TWILIO_AUTH_TOKEN)"
            ]
        ),
        ("accounts: []", ["config.yml:1: accounts: must have at least one account"]),
        (
            "accounts:\n  - {name: a, account_sid: AC00000000000000000000000000000001, auth_token_file: /nowhere}",
            ["config.yml:2: accounts[0].auth_token_file: names a file that cannot be read: No such file or directory"]
        ),
        (
            "accounts:\n  - {name: a, account_sid: AC00000000000000000000000000000001, auth_token_file: /dev/null}",
            ["config.yml:2: accounts[0].auth_token_file: names a file that cannot be read: it is no regular file"]
        ),
        (
            "accounts:\n  - {name: a, api_key: SK00000000000000000000000000000001, api_key_secret_env: NOWHERE}",
            ["config.yml:2: accounts[0].api_key_secret_env: names an environment variable that is not set"]
        ),
        (
            "accounts:\n  - {name: a, api_key: SK00000000000000000000000000000001, api_key_secret_env: EMPTY}",
            [
                "config.yml:2: accounts[0].api_key_secret_env: names an environment variable without a secret: it is empty"
            ]
        ),
        (
            head
                + "  - {name: b, account_sid: AC00000000000000000000000000000001, auth_token_file: /TOKEN, resources: [emails, messages]}",
            ["config.yml:3: accounts[1].account_sid: is also that of \"a\"; both would count everything twice"]
        ),
        (
            head
                + "  - {name: b, account_sid: AC00000000000000000000000000000001, auth_token_file: /TOKEN, resources: [emails]}",
            []
        ),
        (
            "accounts:\n  - {name: a, api_key: SK00000000000000000000000000000001, api_key_secret_file: /TOKEN}\n"
                + "  - {name: b, api_key: SK00000000000000000000000000000001, api_key_secret_file: /TOKEN}",
            ["config.yml:3: accounts[1].api_key: is also that of \"a\"; both would count everything twice"]
        ),
        (
            head
                + "  - {name: b, account_sid: AC00000000000000000000000000000002, auth_token_file: /TOKEN, resources: [emails, emails]}",
            ["config.yml:3: accounts[1].resources: has one of them twice"]
        ),
        (
            head
                + "  - {name: b, account_sid: AC00000000000000000000000000000002, auth_token_file: /TOKEN, api_key_secret_file: /TOKEN}",
            [
                "config.yml:3: accounts[1].api_key_secret_file: is not used: account_sid goes with auth_token_file or _env"
            ]
        ),
        (
            head + "poll: {sweeps: {recent: {window: 1m, every: 2m}}}",
            ["config.yml:3: poll.sweeps: the recent sweep would look back 1m every 2m and miss what is between"]
        ),
        (
            head + "poll: {interval: 1h, sweeps: {recent: {window: 30m}}}",
            ["config.yml:3: poll.sweeps: the recent sweep would look back 30m every 1h and miss what is between"]
        ),
        ("accounts: {", ["config.yml:2: is not YAML: while parsing a flow node, did not find expected node content"]),
    ]

    @Test("each fault says what to do", arguments: single)
    func faults(text: String, faults: [String]) throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["EMPTY": " "]
        #expect(maker.faults(text) == faults)
    }

    @Test("the account of the environment is not to be counted again under another name")
    func environmentTwice() throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "t"]
        #expect(
            maker.faults(Self.head) == [
                "config.yml:1: accounts: \"a\" is the account of the environment, which would count everything twice;"
                    + " name it \"default\", or unset TWILIO_ACCOUNT_SID"
            ])
    }

    @Test("a file that is not there, and an environment that says half, are told together")
    func noFile() throws {
        let maker = try ConfigurationMaker()
        #expect(throws: ConfigurationError.self) {
            try Configuration(
                listenAddresses: [":0"], telemetryPath: "/metrics", baseURL: nil, pollInterval: nil,
                storagePath: "data",
                configurationFile: maker.folder.path + "/none.yml",
                environment: { ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001"][$0] })
        }
        do {
            _ = try Configuration(
                listenAddresses: [":0"], telemetryPath: "/metrics", baseURL: nil, pollInterval: nil,
                storagePath: "data",
                configurationFile: "/nowhere.yml",
                environment: { ["TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001"][$0] })
        } catch {
            #expect(
                error.faults == [
                    "TWILIO_ACCOUNT_SID is set but its secret is not: set TWILIO_AUTH_TOKEN or TWILIO_AUTH_TOKEN_FILE",
                    "/nowhere.yml: cannot be read: No such file or directory",
                ])
        }
    }

    @Test("a secret in the wrong place is in no fault")
    func secrets() throws {
        let maker = try ConfigurationMaker()
        let secret = "0123456789abcdef0123456789abcdef"
        for key in [
            "name", "account_sid", "api_key", "auth_token", "auth_token_file", "auth_token_env", "api_key_secret",
            "api_key_secret_file", "api_key_secret_env", "base_url",
        ] {
            var keys = ["name": "a", "account_sid": "AC00000000000000000000000000000001", "auth_token_file": "/TOKEN"]
            if key.hasPrefix("auth_token_") || key.hasPrefix("api_key_") { keys["auth_token_file"] = nil }
            if key.hasPrefix("api_key_") {
                (keys["account_sid"], keys["api_key"]) = (nil, "SK00000000000000000000000000000001")
            }
            keys[key] = key == "name" ? "a" : "\"\(secret):\""
            if key.hasSuffix("_file") || key.hasSuffix("_env") { keys[key] = secret }
            let text = "accounts:\n  - {\(keys.map { "\($0): \($1)" }.joined(separator: ", "))}"
            let faults = maker.faults(text)
            #expect(faults.isEmpty == (key == "name"), "\(text): \(faults)")
            #expect(!faults.joined().contains(secret), "\(key)")
        }
    }
}
