import CMeasurement
import Console

/// `NAME FOLDER [ROUNDS]` does that workload, in a folder that is empty, and prints what a round of it came to, and what all
/// of them allocated; `list` prints the names. Returns the exit status.
func runMicrobenchmark(arguments: [String]) -> Int32 {
    if arguments == ["list"] {
        for workload in Workload.all { print(workload.name, workload.rounds, workload.summary, separator: "\t") }
        return ExitStatus.success
    }
    guard (2...3).contains(arguments.count), let workload = Workload.all.first(where: { $0.name == arguments[0] }),
        let rounds = arguments.count == 3 ? Int(arguments[2]) : workload.rounds, rounds > 0
    else { return complain("usage: microbenchmarks list | NAME FOLDER [ROUNDS]", status: ExitStatus.usage) }
    do {
        try run(workload, rounds: rounds, folder: arguments[1])
        return ExitStatus.success
    } catch {
        return complain("\(workload.name): \(error)", status: ExitStatus.failure)
    }
}

private func run(_ workload: Workload, rounds: Int, folder: String) throws {
    var work = Work(rounds: rounds, round: try workload.prepare(rounds, folder))
    // What happens only once, such as binding a symbol, happens in round 0.
    let first = try work.round(0)
    let counts = withUnsafeMutablePointer(to: &work) { work in
        cmeasurement_of({ $0?.assumingMemoryBound(to: Work.self).pointee.run() }, work)
    }
    let result = try work.result.get()
    guard result == first * rounds else { throw Unequal(first: first, rest: result) }
    print("\(workload.name): \(first) \(workload.unit)")
    print("\(rounds) rounds, \(counts.allocations) allocations, \(counts.bytes) bytes")
}

/// The rounds that are measured.
private struct Work {
    let rounds: Int
    let round: Workload.Round
    /// What all rounds came to.
    var result: Result<Int, any Error> = .success(0)

    mutating func run() {
        result = Result { try (1...rounds).reduce(0) { try $0 + round($1) } }
    }
}

/// Rounds that did not all do the same, so that no mean says anything of them.
private struct Unequal: Error {
    let first: Int
    let rest: Int
}

private func complain(_ message: String, status: Int32) -> Int32 {
    Output.standardError.write("\(message)\n")
    return status
}
