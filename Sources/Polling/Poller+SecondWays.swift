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
            let (forms, renewing) = secondWays.withLock { $0.next(for: request, at: .now) }
            let fault: CommsError
            do { return try await take(request, in: forms, from: client, known: known) } catch { fault = error }
            if let renewing {
                guard fault.isOfRequest else { throw fault }
                if !fault.isRefusal { secondWays.withLock { $0.postpone(renewing, at: .now) } }
            } else {
                guard fault.isRefusal, secondWays.withLock({ $0.allow(request) }) else { throw fault }
                if let page = try await secondWay(for: request, refusedIn: forms, fault, known: known) { return page }
            }
            guard secondWays.withLock({ $0.allow(request) }) else {
                throw fault.isRefusal ? fault : .refused("\(fault)")
            }
        }
    }

    private nonisolated func take(
        _ request: ListRequest, in forms: RequestForms, from client: CommsClient, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page {
        let page = try await client.page(request, in: forms, known: known)
        if let part = secondWays.withLock({ $0.noteTaken(request, in: forms) }) { await report(renewed: part) }
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
        let pageSize = client.pageSize
        let candidates = secondWays.withLock { ways in
            ways.forms == forms ? ways.candidates(for: request, pageSize: pageSize) : nil
        }
        guard let candidates else { return nil }
        for candidate in candidates {
            guard secondWays.withLock({ $0.takeTry() }) else { break }
            guard let page = try await attempt(request, as: candidate, known: known) else { continue }
            // If the API takes the full form now, the refusal had another cause.
            do { return try await take(request, in: forms, from: client, known: known) } catch {
                guard error.isRefusal else { throw error }
            }
            secondWays.withLock { $0.learn(candidate, at: .now) }
            report(plainer: candidate.part)
            guard secondWays.withLock({ $0.allow(request) }) else { throw refusal }
            return page
        }
        secondWays.withLock { $0.doubt(request, at: .now) }
        throw refusal
    }

    /// Asks for a page in plainer forms; nil where they do not help.
    private func attempt(
        _ request: ListRequest, as candidate: SecondWays.Candidate, known: Locked<FingerprintTable>?
    ) async throws(CommsError) -> Page? {
        let sample = request.sample(of: candidate.forms)
        do {
            guard candidate.part == .token else {
                return try await client.page(sample, in: candidate.forms, known: known)
            }
            let page = try await client.page(sample, in: candidate.forms)
            if try await goesOn(page, after: request) { return page }
        } catch {
            guard error.isOfRequest else { throw error }
        }
        secondWays.withLock { $0.noteVain(candidate) }
        return nil
    }

    /// True if a page that a token alone led to belongs to the list: the API may have begun anew, or left out the filters.
    private func goesOn(_ page: Page, after request: ListRequest) async throws(CommsError) -> Bool {
        guard page.operations.allSatisfy({ request.query.shows($0) }) else { return false }
        let forms = secondWays.withLock { $0.forms }
        let first = Set(try await client.page(request.first, in: forms).ids)
        return page.ids.count { first.contains($0) } * 2 <= page.ids.count
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

extension CommsError {
    /// True if the API does not take a request in its form.
    fileprivate var isRefusal: Bool {
        guard case .refused = self else { return false }
        return true
    }

    /// True if another form of the request may be answered: nobody has canceled it, and the API neither refuses the credentials
    /// nor asks to be left alone.
    fileprivate var isOfRequest: Bool { reason != nil && reason != .auth && reason != .throttled }
}
