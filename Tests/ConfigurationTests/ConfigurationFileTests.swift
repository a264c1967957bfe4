import Operations
import Polling
import TestSupport
import Testing

@testable import CommsAPI
@testable import Configuration

/// What a configuration file says, and what wins over it.
@Suite struct ConfigurationFileTests {
    static let one = """
        accounts:
          - name: marketing
            account_sid: AC00000000000000000000000000000001
            auth_token_file: /TOKEN

        """
    static let environment = [
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000009", "TWILIO_AUTH_TOKEN": "hush-hush",
    ]

    @Test("an account that says the least has the defaults")
    func defaults() throws {
        let configuration = try ConfigurationMaker().read(Self.one)
        #expect(configuration.accounts.map(\.name) == ["marketing"])
        let account = configuration.accounts[0]
        #expect(
            account.credentials.current
                == Credentials(userName: "AC00000000000000000000000000000001", secret: "hush-hush"))
        #expect(account.credentials.accountSID == "AC00000000000000000000000000000001")
        #expect("\(account.baseURL)" == "https://comms.twilio.com")
        #expect(account.resources == [.messages])
        #expect(account.rules == PollRules())
        #expect(account.reading == nil)
        #expect(configuration.shard == .whole)
    }

    @Test("everything an account can say is taken, and wins over what holds for all")
    func everything() throws {
        var maker = try ConfigurationMaker()
        maker.environment = ["SECRET": "s3cret"]
        let configuration = try maker.read(
            """
            accounts:
              - name: a.B-c_1
                account_sid: AC00000000000000000000000000000001
                api_key: SK00000000000000000000000000000001
                api_key_secret_env: SECRET
                resources: [emails, messages]
                base_url: http://localhost:8080/
                stats_reading: cumulative
                poll:
                  page_size: 10
                  sweeps: {recent: {window: 2h}, week: {every: 1h30m}}
              - {name: plain, api_key: SK00000000000000000000000000000002, api_key_secret_env: SECRET}
            poll:
              interval: 1m
              page_size: 500
              concurrency: 3
              requests_per_second: 0.5
              sweeps:
                recent: {window: 3h, every: 2m}
                active: {every: 0}
                pending: {every: 10m}
                day: {window: 2d, every: 1h}
                week: {every: 2h}
            stats_reading: exclusive
            """)
        let special = configuration.accounts[0]
        #expect(special.name == "a.B-c_1")
        #expect(
            special.credentials.current == Credentials(userName: "SK00000000000000000000000000000001", secret: "s3cret")
        )
        #expect(special.credentials.accountSID == "AC00000000000000000000000000000001")
        #expect(special.resources == [.emails, .messages])
        #expect("\(special.baseURL)" == "http://localhost:8080")
        #expect(special.reading == .cumulative)
        var plan = PollPlan(interval: .seconds(60))
        plan.concurrency = 3
        (plan.recentWindow, plan.dayWindow) = (.seconds(10_800), .seconds(172_800))
        for (sweep, every) in [(Sweep.recent, 120), (.active, 0), (.pending, 600), (.day, 3600), (.week, 7200)] {
            plan[cadenceOf: sweep] = .seconds(every)
        }
        let plain = configuration.accounts[1]
        #expect(plain.reading == .exclusive)
        #expect(plain.credentials.accountSID == nil)
        #expect(plain.rules.plan == plan)
        #expect(plain.rules.pageSize == 500)
        #expect(plain.rules.requestsPerSecond == 0.5)
        plan.recentWindow = .seconds(7200)
        plan[cadenceOf: .week] = .seconds(5400)
        #expect(special.rules.plan == plan)
        #expect(special.rules.pageSize == 10)
        #expect(special.rules.requestsPerSecond == 0.5)
    }

    @Test("flags win over what the file says of all accounts, and an account's own words over flags")
    func flags() throws {
        var maker = try ConfigurationMaker()
        (maker.interval, maker.baseURL) = ("7s", "http://flag")
        let configuration = try maker.read(
            Self.one + """
                  - name: own
                    account_sid: AC00000000000000000000000000000002
                    auth_token_file: /TOKEN
                    base_url: http://own
                    poll: {interval: 9s}
                poll: {interval: 1m, page_size: 5}
                """)
        #expect(configuration.accounts.map(\.rules.plan.interval) == [.seconds(7), .seconds(9)])
        #expect(configuration.accounts.map(\.rules.pageSize) == [5, 5])
        #expect(configuration.accounts.map { "\($0.baseURL)" } == ["http://flag", "http://own"])
    }

    // MARK: The account of the environment

    @Test("without a file the environment is the account default, by the flags")
    func environmentAlone() throws {
        var maker = try ConfigurationMaker()
        maker.environment = Self.environment
        (maker.interval, maker.baseURL) = ("7s", "http://flag")
        let accounts = try maker.read(nil).accounts
        #expect(accounts.map(\.name) == ["default"])
        #expect(accounts[0].rules.plan == PollPlan(interval: .seconds(7)))
        #expect("\(accounts[0].baseURL)" == "http://flag")
        maker.environment = [:]
        #expect(
            maker.faults(nil) == [
                "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and"
                    + " TWILIO_API_KEY_SECRET (secrets also as …_FILE, the path of a file)"
            ])
    }

    @Test("a file's accounts join that of the environment, which comes first and is polled by the file's rules")
    func both() throws {
        var maker = try ConfigurationMaker()
        maker.environment = Self.environment
        let accounts = try maker.read(Self.one + "poll: {interval: 9s}\nstats_reading: cumulative\n").accounts
        #expect(accounts.map(\.name) == ["default", "marketing"])
        #expect(accounts.map(\.rules.plan.interval) == [.seconds(9), .seconds(9)])
        #expect(accounts.map(\.reading) == [.cumulative, .cumulative])
        #expect(try maker.read("poll: {interval: 9s}").accounts.map(\.name) == ["default"])
    }

    @Test("the environment's credentials win over those of the file's account default, which may then have none")
    func overridden() throws {
        var maker = try ConfigurationMaker()
        maker.environment = Self.environment
        for credentials in ["", "    api_key: SK00000000000000000000000000000001\n    api_key_secret_file: /nowhere\n"]
        {
            let accounts = try maker.read("accounts:\n  - name: default\n    resources: [emails]\n\(credentials)")
                .accounts
            #expect(accounts.map(\.resources) == [[.emails]])
            #expect(
                accounts[0].credentials.current
                    == Credentials(userName: "AC00000000000000000000000000000009", secret: "hush-hush"))
        }
    }

    // MARK: Shards

    @Test("a shard has its accounts alone, and looks at their secrets alone")
    func shards() throws {
        var maker = try ConfigurationMaker()
        let text = """
            accounts:
              - {name: marketing, account_sid: AC00000000000000000000000000000001, auth_token_file: /TOKEN}
              - {name: support, account_sid: AC00000000000000000000000000000002, auth_token_file: /nowhere}
            """
        #expect(
            maker.faults(text) == [
                "config.yml:3: accounts[1].auth_token_file: names a file that cannot be read: No such file or directory"
            ])
        let index = try #require((0..<3).first { Shard("\($0)/3")?.contains("marketing") == true })
        maker.shard = "\(index)/3"
        #expect(try maker.read(text).accounts.map(\.name) == ["marketing"])
        #expect(try maker.read(text).shard == Shard("\(index)/3"))
        let empty = try #require(
            (0..<3).first { index in
                let shard = Shard("\(index)/3")
                return ["marketing", "support"].allSatisfy { shard?.contains($0) == false }
            })
        maker.shard = "\(empty)/3"
        #expect(try maker.read(text).accounts.isEmpty)
        #expect(try maker.read(text).yaml.hasSuffix("\n# --shard=\(empty)/3\naccounts: []\n"))
    }

    // MARK: What is in force

    @Test("the running configuration is a configuration file that says the same, without secrets")
    func yaml() throws {
        var maker = try ConfigurationMaker()
        maker.environment = Self.environment.merging(["SECRET": "s3cret"]) { $1 }
        maker.interval = "90s"
        let configuration = try maker.read(
            """
            accounts:
              - {name: 'null', account_sid: AC00000000000000000000000000000001, api_key: SK00000000000000000000000000000001, api_key_secret_env: SECRET, resources: [emails]}
              - name: odd
                account_sid: AC00000000000000000000000000000002
                auth_token_file: /TOKEN
                stats_reading: exclusive
                base_url: http://localhost:8080/x
                poll: {interval: 2s, requests_per_second: 0.25, sweeps: {day: {window: 36h}}}
            """)
        let text = configuration.yaml
        #expect(
            text.hasPrefix(
                """
                # --web.listen-address=:0
                # --web.telemetry-path=/metrics
                # --web.max-requests=40
                # --storage.path=:memory:
                # --log.level=info
                # --log.format=logfmt
                # --shard=0/1
                accounts:
                  - name: default
                    account_sid: AC00000000000000000000000000000009
                    auth_token_env: TWILIO_AUTH_TOKEN
                    resources: [messages]
                    base_url: "https://comms.twilio.com"
                    poll:
                      interval: 1m30s
                      page_size: 1000
                      concurrency: 1
                      requests_per_second: 5.0
                      sweeps:
                        recent: {window: 1h, every: 0s}
                        active: {every: 0s}
                        pending: {every: 5m}
                        day: {window: 1d, every: 5m}
                        week: {every: 30m}
                    stats_reading: auto
                  - name: "null"
                    account_sid: AC00000000000000000000000000000001
                    api_key: SK00000000000000000000000000000001
                    api_key_secret_env: SECRET
                    resources: [emails]

                """))
        #expect(!text.contains("hush-hush") && !text.contains("s3cret"))
        maker.interval = nil
        maker.environment["TWILIO_ACCOUNT_SID"] = nil
        #expect(try maker.read(text).accounts == configuration.accounts)
        #expect(try maker.read(text).yaml == text)
    }

    @Test("the flags in force are comments, whatever is in them")
    func flagsInForce() throws {
        let configuration = try Configuration(
            listenAddresses: ["127.0.0.1:1", "[::1]:2"], telemetryPath: "/m", maxRequests: "7", baseURL: nil,
            pollInterval: nil, storagePath: "/a b\n\u{2028}c\u{202E}", shard: "1/2", log: ("debug", "json"),
            environment: { Self.environment[$0] })
        #expect(
            configuration.yaml.hasPrefix(
                """
                # --web.listen-address=127.0.0.1:1
                # --web.listen-address=[::1]:2
                # --web.telemetry-path=/m
                # --web.max-requests=7
                # --storage.path="/a b\\x0a\\Lc\\u202e"
                # --log.level=debug
                # --log.format=json
                # --shard=1/2
                accounts
                """))
    }

    @Test("the path of a secret is relative to the folder of the file, and shown in full")
    func relativePaths() throws {
        let maker = try ConfigurationMaker()
        let account = "accounts:\n  - {name: a, account_sid: AC00000000000000000000000000000001, auth_token_file:"
        for path in ["token", "./token", "../\(maker.folder.path.split(separator: "/").last ?? "")/token"] {
            let configuration = try maker.read("\(account) \(path)}\n")
            #expect(configuration.accounts[0].credentials.current.secret == "hush-hush")
            #expect(configuration.yaml.contains("auth_token_file: \"\(maker.folder.path)/\(path)\"\n"))
        }
        #expect(
            maker.faults("\(account) none}\n") == [
                "config.yml:2: accounts[0].auth_token_file: names a file that cannot be read: No such file or directory"
            ])
    }

    @Test("an account says which of its keys have changed, and no value")
    func changedKeys() throws {
        let maker = try ConfigurationMaker()
        func account(_ keys: String) throws -> Account {
            try maker.read("accounts:\n  - {name: a, \(keys)}\n").accounts[0]
        }
        let sid = "account_sid: AC00000000000000000000000000000001"
        let old = try account("\(sid), auth_token_file: /TOKEN")
        #expect(try account("\(sid), auth_token_file: token, resources: [messages]").changedKeys(since: old) == [])
        let new = try account(
            "api_key: SK00000000000000000000000000000001, api_key_secret_file: /TOKEN, resources: [emails],"
                + " base_url: http://localhost, stats_reading: exclusive,"
                + " poll: {interval: 9s, sweeps: {recent: {window: 2h}, week: {every: 1h}}}")
        #expect(
            new.changedKeys(since: old) == [
                "api_key", "api_key_secret_file", "resources", "base_url", "poll.interval", "poll.sweeps.recent.window",
                "poll.sweeps.week.every", "stats_reading", "account_sid", "auth_token_file",
            ])
    }
}
