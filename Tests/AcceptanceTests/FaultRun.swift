import Glibc
import TestSupport
import Testing

/// One exporter that meets one fault of its API after another. Between them the world stands still, and everything the
/// exporter says is the truth.
struct FaultRun {
    /// The memory that the exporter may use on top of what it has: all bodies at a time may take 80 MiB beyond what a page
    /// takes, and while they grow the C library may keep some of what they were.
    private static let memory = (80 + 32) << 20

    let api: FaultyAPI
    private let exporter: ExporterProcess
    private let time: TimeWarp?

    /// Starts them, at a `speed` above 1 in a time that runs faster; `baseURL` is where the exporter finds the API, and
    /// its own one by default.
    init(
        _ api: FaultyAPI? = nil, baseURL: String? = nil, speed: Int = 1, environment: [String: String] = [:]
    ) async throws {
        let api = try api ?? FaultyAPI(rate: 240 / Double(speed), pace: 60 / Double(speed), speed: speed)
        self.api = api
        time = speed > 1 ? try TimeWarp(rate: Int64(speed)) : nil
        exporter = try await ExporterProcess(
            baseURL: baseURL ?? api.baseURL, storage: ":memory:", interval: "\(speed)s",
            environment: ExporterProcess.credentials.merging(environment) { $1 }, in: time)
        _ = try await exporter.scrape(when: "messages are read") {
            $0[series("message_outcomes_total", #"outcome="read""#)] ?? 0 > 0
        }
        api.freeze(true)
        let polls = try await now()[series("polls_total")] ?? 0
        let settled = try await exporter.scrape(when: "a poll saw the world stand still") {
            $0[series("polls_total")] ?? 0 >= polls + 2
        }
        api.expectTruth(settled)
    }

    /// Lets the world go on with a fault of the API's until so many polls have ended as failures, with 0 until one is bound
    /// to, then without it. Returns when the requests came that met it.
    @discardableResult
    func meet(_ fault: UpstreamFault, until failures: Double = 1) async throws -> [ContinuousClock.Instant] {
        try await meet(fault, until: failures, begin: { api.fail(with: fault) }, end: { api.fail(with: nil) })
        return api.refusals
    }

    /// The same with a fault that `begin` and `end` bring and take away.
    func meet(
        _ fault: UpstreamFault, until failures: Double = 1, begin: () throws -> Void, end: () throws -> Void
    ) async throws {
        let failed = series("poll_failures_total", "reason=\"\(fault.reason)\"")
        let before = try await now()
        exporter.forgetMemoryPeak()
        let memory = try #require(exporter.memory("VmRSS"))
        try begin()
        api.freeze(false)
        var last = before
        let fallen = try await scrape("\(fault.name): polls fail", &last) { samples in
            samples[series("up")] == 0
        }
        let during = try await scrape("\(fault.name): polls are counted as \(fault.reason)", &last) { samples in
            #expect(samples[series("up")] == 0, "\(fault.name)")
            return samples[failed] ?? 0 >= (before[failed] ?? 0) + failures
        }
        let success = series("last_successful_poll_timestamp_seconds")
        #expect(during[success] ?? 0 > 0)
        #expect(during[success] == fallen[success], "\(fault.name)")
        expectOnly(fault, before, during)
        _ = try await eventually("operations change during \(fault.name)") {
            let truth = api.truth(for: during)
            return truth[series("messages_total")] ?? 0 > before[series("messages_total")] ?? 0 ? true : nil
        }
        api.freeze(true)
        try end()
        let lifted = try await now()
        let day = series("sweep_last_success_timestamp_seconds", #"sweep="day""#)
        let after = try await scrape("\(fault.name): it polls again", &last) { samples in
            // Where hours pass, some operations are older than what each poll lists.
            samples[series("up")] == 1 && (time == nil || samples[day] ?? 0 > lifted[day] ?? 0)
        }
        #expect(after[failed] ?? 0 > before[failed] ?? 0, "\(fault.name)")
        // One may be under way, which began before.
        #expect(
            (after[failed] ?? 0) <= (lifted[failed] ?? 0) + 1, "\(fault.name): the poll after the fault is a good one")
        #expect(after[success] ?? 0 > during[success] ?? 0, "\(fault.name)")
        api.expectTruth(after, fault.name)
        let peak = try #require(exporter.memory("VmHWM"))
        #expect(peak < memory + Self.memory, "\(fault.name)")
    }

    /// The present value of a series of the account.
    func value(_ name: String, _ labels: String = "") async throws -> Double {
        try #require(try await now()[series(name, labels)])
    }

    /// Ends the exporter, and returns its log, which says nothing that is nobody's business.
    @discardableResult
    func end() async throws -> String {
        let end = await exporter.program.end()
        #expect(end.status == 0)
        for secret in ["simulator", "Basic ", "hidden-cursor"] {
            #expect(!end.errors.contains(secret), "\(end.errors)")
        }
        return end.errors
    }

    /// What the exporter says at this moment.
    private func now() async throws -> Samples {
        try await exporter.scrape(when: "a scrape is answered") { _ in true }
    }

    /// Scrapes until the condition holds, and sees that no counter steps back meanwhile.
    private func scrape(
        _ what: String, _ last: inout Samples, _ condition: (Samples) -> Bool
    ) async throws -> Samples {
        var seen = last
        defer { last = seen }
        return try await exporter.scrape(when: what, within: .seconds(120)) { samples in
            for (series, value) in seen.counters { #expect(samples[series] ?? -1 >= value, "\(series)") }
            seen = samples
            return condition(samples)
        }
    }

    /// Nothing is counted but the fault, and the good answers before it.
    private func expectOnly(_ fault: UpstreamFault, _ before: Samples, _ during: Samples) {
        for (name, value) in during.bySeries where value > before[name] ?? 0 {
            if name.hasPrefix("twilio_comms_api_requests_total") {
                #expect(([fault.code] + fault.otherCodes).contains { name.contains("code=\"\($0)\"") }, "\(fault.name)")
            }
            if name.hasPrefix("twilio_comms_poll_failures_total") {
                #expect(name.contains("reason=\"\(fault.reason)\""), "\(fault.name)")
            }
        }
        let code = series("api_requests_total", "code=\"\(fault.code)\"")
        #expect(during[code] ?? 0 > before[code] ?? 0, "\(fault.name)")
    }
}

extension ExporterProcess {
    /// A size in `/proc/PID/status`, in bytes; nil once the process is gone.
    fileprivate func memory(_ field: String) -> Int? {
        guard let file = fopen("/proc/\(program.processID)/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split { ": \t".contains($0) }
            if words.first == field[...] { return Int(words[1]).map { $0 << 10 } }
        }
        return nil
    }

    /// Lets `VmHWM` begin anew: proc(5), "/proc/pid/clear_refs".
    fileprivate func forgetMemoryPeak() {
        guard let file = fopen("/proc/\(program.processID)/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }
}
