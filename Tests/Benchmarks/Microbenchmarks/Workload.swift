/// A piece of the exporter's work that is measured by itself.
struct Workload {
    let name: String
    /// What one round does, for whoever reads the counts.
    let round: String
    /// What the result of a round counts.
    let unit: String
    /// How many rounds a mean is taken of. The work of some grows with the rounds, so that this is part of what is measured.
    let rounds: Int
    /// Readies what a round needs, for rounds 0 to `rounds`; files go to the folder. Gives what does the round of a number,
    /// each of which is asked for once and in order, and returns what it came to: the same for all.
    let prepare: (_ rounds: Int, _ folder: String) throws -> (_ round: Int) throws -> Int

    init(
        _ name: String, _ round: String, _ unit: String, rounds: Int,
        prepare: @escaping (_ rounds: Int, _ folder: String) throws -> (_ round: Int) throws -> Int
    ) {
        self.name = name
        self.round = round
        self.unit = unit
        self.rounds = rounds
        self.prepare = prepare
    }

    static var all: [Workload] { pages }
}
