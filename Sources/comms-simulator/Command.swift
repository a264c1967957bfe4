import ArgumentParser
import HTTPServer
import Operations
import Simulator

/// The command line of the simulator.
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comms-simulator",
        abstract: "A stand-in for Twilio's Communications API, to try dashboards and alerts on.",
        discussion: """
            It lists bulk message operations that live: they are scheduled, sent, canceled, and their receipts and reads \
            arrive late. It accepts the credentials that the exporter reads from the environment (TWILIO_ACCOUNT_SID and \
            TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_KEY_SECRET) or, without any, the account \
            \(Credentials.demo.user) with the token "\(Credentials.demo.password)". \
            What it does can be changed while it runs: GET / on its address says how.
            """)

    @Option(help: "Where to listen.")
    var listenAddress = "127.0.0.1:10043"

    @Option(help: "Whether stats count a message in its present state, or in every state it has passed.")
    var reading = StatsReading.exclusive

    @Option(help: "New operations a minute.")
    var rate = "30"

    @Option(help: "The share of messages that fail.")
    var failureRatio = "0.02"

    @Option(help: "The share of sent messages that is not delivered.")
    var undeliveredRatio = "0.05"

    @Option(help: "How many times faster than usual operations live.")
    var pace = "1"

    @Option(help: "How much past there is at the start, up to 7d; 0 for none.")
    var history = "7d"

    @Option(help: "Operations an hour in that past.")
    var historyRate = 60.0

    @Option(help: "The same seed at the same time gives the same operations.")
    var seed: UInt64 = 1

    func validate() throws {
        _ = try (address(), settings(), past())
    }

    func address() throws -> ListenAddress {
        try ListenAddress(listenAddress)
    }

    /// The settings to start with.
    func settings() throws -> Settings {
        var settings = Settings()
        try settings.set("rate", to: rate)
        try settings.set("failure_ratio", to: failureRatio)
        try settings.set("undelivered_ratio", to: undeliveredRatio)
        try settings.set("pace", to: pace)
        return settings
    }

    /// The past the world has at the start, and the operations created in each hour of it.
    func past() throws -> (length: Duration, rate: Double) {
        guard let length = Duration(text: history), length <= World.memory else {
            throw ValidationError("history must be a duration up to 7d, such as 12h")
        }
        guard (0...1_000_000).contains(historyRate) else {
            throw ValidationError("history-rate must be a number from 0 to 1000000")
        }
        return (length, historyRate)
    }
}

extension StatsReading: ExpressibleByArgument {}
