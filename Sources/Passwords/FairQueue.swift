/// Jobs of several clients, one of each in turn, so that none who has many of them keeps the others waiting.
struct FairQueue<Client: Hashable, Job> {
    private var jobs: [Client: [Job]] = [:]
    /// Who has jobs, in the order of their turns.
    private var turns: [Client] = []
    private(set) var count = 0

    func count(of client: Client) -> Int { jobs[client]?.count ?? 0 }

    mutating func append(_ job: Job, of client: Client) {
        if jobs[client] == nil { turns.append(client) }
        jobs[client, default: []].append(job)
        count += 1
    }

    mutating func removeFirst() -> Job? {
        guard let client = turns.first, var rest = jobs[client], !rest.isEmpty else { return nil }
        turns.removeFirst()
        let job = rest.removeFirst()
        jobs[client] = rest.isEmpty ? nil : rest
        if !rest.isEmpty { turns.append(client) }
        count -= 1
        return job
    }
}

extension FairQueue: Sendable where Client: Sendable, Job: Sendable {}
