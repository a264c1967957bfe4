internal import CommsAPI
internal import Locking
internal import Logging
internal import Operations

// Requests that the API refuses, and the plainer forms that it may take.
extension Poller {
    /// Asks for a page of a list, in the forms that the API takes. Also throws `refused` where the list has to be cut into
    /// shorter spans, or not to be asked for by status. Not isolated, so that a page can be asked for while one is recorded.
    nonisolated func page(
        _ request: ListRequest, from client: CommsClient, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page {
        while true {
            let time = apiTime
            let (forms, renewing) = secondWays.withLock { $0.next(for: request, at: .now, time: time) }
            let refusal: CommsError
            do { return try await take(request, in: forms, from: client, known: known) } catch {
                guard case .refused = error else { throw error }
                refusal = error
            }
            if renewing == nil, let page = try await secondWay(for: request, refusedIn: forms, refusal, known: known) {
                return page
            }
            guard secondWays.withLock({ $0.allow(request, time: time) }) else { throw refusal }
        }
    }

    private nonisolated func take(
        _ request: ListRequest, in forms: RequestForms, from client: CommsClient, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page {
        let time = apiTime
        let page = try await client.page(request, in: forms, at: time, known: known)
        if let part = secondWays.withLock({ $0.noteTaken(request, in: forms, time: time) }) {
            await report(renewed: part)
        }
        return page
    }

    /// Tries plainer forms, one after the other. Nil where the forms in force are others by now; throws the refusal where no form
    /// helps, or where the first refused token of a poll may have expired.
    private func secondWay(
        for request: ListRequest, refusedIn forms: RequestForms, _ refusal: CommsError, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page? {
        if request.token != nil, !secondWays.withLock({ $0.noteRefusedToken() }) { throw refusal }
        await beginLearning()
        defer { endLearning() }
        guard !Task.isCancelled else { throw .canceled }
        let time = apiTime
        let pageSize = client.pageSize
        let candidates = secondWays.withLock { ways in
            ways.forms == forms ? ways.candidates(for: request, pageSize: pageSize, time: time) : nil
        }
        guard let candidates else { return nil }
        for candidate in candidates {
            guard secondWays.withLock({ $0.takeTry() }) else { break }
            guard let page = try await attempt(request, as: candidate, known: known) else { continue }
            // If the API takes the full form now, the refusal had another cause.
            do { return try await take(request, in: forms, from: client, known: known) } catch {
                guard case .refused = error else { throw error }
            }
            secondWays.withLock { $0.learn(candidate, at: .now) }
            report(plainer: candidate.part)
            guard secondWays.withLock({ $0.allow(request, time: time) }) else { throw refusal }
            return page
        }
        throw refusal
    }

    /// Asks for a page in plainer forms; nil where they do not help.
    private func attempt(
        _ request: ListRequest, as candidate: SecondWays.Candidate, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page? {
        let time = apiTime
        let sample = request.sample(of: candidate.forms, at: time)
        do {
            let page = try await client.page(sample, in: candidate.forms, at: time, known: known)
            // A token that goes alone may lead to a list without the filters.
            if candidate.part != .token || page.operations.allSatisfy({ request.query.shows($0) }) { return page }
        } catch {
            guard case .refused = error else { throw error }
        }
        secondWays.withLock { $0.noteVain(candidate) }
        return nil
    }

    private func report(plainer part: RequestForms.Part) {
        log.warning(
            "the API refuses a form of request; a plainer one is used, and the full one is tried again once a day",
            metadata: metadata.merging(["form": "\(part.label)"]) { $1 })
    }

    private func report(renewed part: RequestForms.Part) {
        log.info(
            "the API takes the full form of request again", metadata: metadata.merging(["form": "\(part.label)"]) { $1 }
        )
    }

    // Lists that are read at the same time are refused for the same reason: one of them finds the way for all.
    private func beginLearning() async {
        guard isLearning else {
            isLearning = true
            return
        }
        await withCheckedContinuation { learners.append($0) }
    }

    private func endLearning() {
        if learners.isEmpty { isLearning = false } else { learners.removeFirst().resume() }
    }
}
