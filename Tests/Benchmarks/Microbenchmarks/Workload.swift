/// A piece of the exporter's work that is measured by itself.
struct Workload: Sendable {
    /// Does the round of a number and returns what it came to. Rounds are asked for in order, each once, and come to the same.
    typealias Round = (_ number: Int) throws -> Int

    let name: String
    /// What one round does, for whoever reads the counts.
    let summary: String
    /// What the result of a round counts.
    let unit: String
    /// How many rounds a mean is taken of. The work of some grows with the rounds, so that this is part of what is measured.
    let rounds: Int
    /// Readies all that rounds 0 to `rounds` need; files go to the folder, which is empty.
    let prepare: @Sendable (_ rounds: Int, _ folder: String) throws -> Round

    init(
        _ name: String, _ summary: String, _ unit: String = "operations", rounds: Int = 20,
        prepare: @escaping @Sendable (_ rounds: Int, _ folder: String) throws -> Round
    ) {
        self.name = name
        self.summary = summary
        self.unit = unit
        self.rounds = rounds
        self.prepare = prepare
    }

    static let all = pages + ledgers + expositions + scrapes
}
